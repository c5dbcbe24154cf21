package com.clickhouse.kafka.connect.sink;

import com.clickhouse.kafka.connect.ClickHouseSinkConnector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/** Inserts each batch as JSONEachRow; what cannot be stored goes to the dead letters, if there are any. */
public class ClickHouseSinkTask extends SinkTask {
    private final HttpClient client = HttpClient.newHttpClient();
    private final JsonConverter converter = new JsonConverter();
    private final Map<String, String> tables = new LinkedHashMap<>();
    private final Map<String, String> settings = new LinkedHashMap<>();
    private AbstractConfig config;
    private ErrantRecordReporter reporter;

    @Override
    public void start(Map<String, String> given) {
        config = new AbstractConfig(ClickHouseSinkConnector.DEFINITIONS, given, false);
        converter.configure(Map.of("schemas.enable", "false", "decimal.format", "NUMERIC"), false);
        pairs(List.of(config.getString("topic2TableMap").split(",")), tables);
        settings.put("async_insert", "0");
        settings.put("wait_end_of_query", "1");
        settings.put("input_format_skip_unknown_fields", "1");
        pairs(config.getList("clickhouseSettings"), settings);
        boolean tolerant = given.getOrDefault("errors.tolerance", "none").equals("all");
        reporter = tolerant ? context.errantRecordReporter() : null;
    }

    private static void pairs(List<String> texts, Map<String, String> into) {
        for (String text : texts) {
            int equals = text.indexOf('=');
            if (equals > 0) into.put(text.substring(0, equals).trim(), text.substring(equals + 1).trim());
        }
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        Map<String, List<SinkRecord>> byTopic = new LinkedHashMap<>();
        for (SinkRecord record : records) {
            if (record.value() != null) byTopic.computeIfAbsent(record.topic(), topic -> new ArrayList<>()).add(record);
        }
        byTopic.forEach(this::insert);
    }

    /** A batch that is refused is halved until the messages at fault are alone. */
    private void insert(String topic, List<SinkRecord> records) {
        HttpResponse<String> answer = send(topic, records);
        if (answer.statusCode() == 200) return;
        String what = "Code " + answer.headers().firstValue("X-ClickHouse-Exception-Code").orElse("?") + ": " + answer.body();
        if (answer.statusCode() >= 500) throw new RetriableException(what);
        if (answer.statusCode() != 400 || reporter == null) throw new ConnectException(what);
        int half = records.size() / 2;
        if (half == 0) {
            reporter.report(records.get(0), new ConnectException(what));
            return;
        }
        insert(topic, records.subList(0, half));
        insert(topic, records.subList(half, records.size()));
    }

    private HttpResponse<String> send(String topic, List<SinkRecord> records) {
        HttpRequest request = HttpRequest.newBuilder(address(topic))
            .timeout(Duration.ofSeconds(Math.max(1, config.getInt("timeoutSeconds"))))
            .header("Authorization", "Basic " + login())
            .POST(BodyPublishers.ofByteArray(lines(topic, records)))
            .build();
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException error) {
            throw new RetriableException("ClickHouse does not answer: " + error.getMessage(), error);
        } catch (InterruptedException error) {
            throw new ConnectException(error);
        }
    }

    private URI address(String topic) {
        String table = quoted(config.getString("database")) + "." + quoted(tables.getOrDefault(topic, topic));
        StringBuilder text = new StringBuilder(config.getBoolean("ssl") ? "https://" : "http://");
        text.append(config.getString("hostname")).append(":").append(config.getInt("port")).append("/?query=");
        text.append(encoded("INSERT INTO " + table + " FORMAT JSONEachRow"));
        settings.forEach((name, value) -> text.append("&").append(encoded(name)).append("=").append(encoded(value)));
        return URI.create(text.toString());
    }

    private static String quoted(String name) {
        return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`";
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private String login() {
        String text = config.getString("username") + ":" + config.getPassword("password").value();
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private byte[] lines(String topic, List<SinkRecord> records) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (SinkRecord record : records) {
            out.writeBytes(converter.fromConnectData(topic, record.valueSchema(), record.value()));
            out.write('\n');
        }
        return out.toByteArray();
    }

    @Override
    public void stop() {}

    @Override
    public String version() {
        return "tests";
    }
}
