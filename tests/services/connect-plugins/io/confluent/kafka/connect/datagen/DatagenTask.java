package io.confluent.kafka.connect.datagen;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/** One message a poll, with a pause before it; after a restart it goes on where it was. */
public class DatagenTask extends SourceTask {
    private static final String COUNT = "current.iteration";

    private final CountDownLatch stopped = new CountDownLatch(1);
    private Map<String, ?> partition;
    private String topic;
    private long interval;
    private long most;
    private Values values;
    private Schema schema;
    private Field key;
    private long count;

    @Override
    public void start(Map<String, String> given) {
        AbstractConfig config = new AbstractConfig(DatagenConnector.DEFINITIONS, given, false);
        topic = config.getString(DatagenConnector.TOPIC);
        interval = config.getLong(DatagenConnector.INTERVAL);
        most = config.getInt(DatagenConnector.ITERATIONS);
        partition = Map.of(DatagenConnector.TASK, given.getOrDefault(DatagenConnector.TASK, "0"));
        values = new Values(DatagenConnector.schema(text(config)));
        schema = values.schema();
        String name = config.getString(DatagenConnector.KEY);
        key = name.isEmpty() ? null : schema.field(name);
        Map<String, Object> offset = context.offsetStorageReader().offset(partition);
        count = offset == null ? 0 : ((Number) offset.get(COUNT)).longValue();
    }

    private static String text(AbstractConfig config) {
        if (!config.getString(DatagenConnector.QUICKSTART).isEmpty()) {
            throw new ConnectException("this connector knows no quickstart");
        }
        String file = config.getString(DatagenConnector.FILE);
        return file.isEmpty() ? config.getString(DatagenConnector.SCHEMA) : DatagenConnector.read(file);
    }

    @Override
    public List<SourceRecord> poll() throws InterruptedException {
        if (interval > 0 && stopped.await(ThreadLocalRandom.current().nextLong(interval), TimeUnit.MILLISECONDS)) {
            return null;
        }
        if (most > 0 && count >= most) {
            String what = String.format("Stopping connector: generated the configured %d number of messages", most);
            throw new ConnectException(what);
        }
        Struct value = values.record(count++);
        Map<String, ?> offset = Map.of(COUNT, count);
        if (key == null) return List.of(new SourceRecord(partition, offset, topic, schema, value));
        return List.of(new SourceRecord(partition, offset, topic, key.schema(), value.get(key), schema, value));
    }

    @Override
    public void stop() {
        stopped.countDown();
    }

    @Override
    public String version() {
        return "tests";
    }
}
