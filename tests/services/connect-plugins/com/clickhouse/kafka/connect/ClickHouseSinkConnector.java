package com.clickhouse.kafka.connect;

import com.clickhouse.kafka.connect.sink.ClickHouseSinkTask;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.sink.SinkConnector;

/** Stands in for ClickHouse's connector of this name: it takes and refuses the same configurations. */
public class ClickHouseSinkConnector extends SinkConnector {
    public static final ConfigDef DEFINITIONS = new ConfigDef()
        .define("hostname", Type.STRING, Importance.HIGH, "The server")
        .define("port", Type.INT, 8443, Range.between(1, 65535), Importance.HIGH, "Its port for HTTP")
        .define("ssl", Type.BOOLEAN, true, Importance.HIGH, "Whether it is HTTPS")
        .define("database", Type.STRING, "default", Importance.HIGH, "The database")
        .define("username", Type.STRING, "default", Importance.HIGH, "The user")
        .define("password", Type.PASSWORD, "", Importance.HIGH, "The user's password")
        .define("topic2TableMap", Type.STRING, "", Importance.LOW, "topic=table, separated by commas")
        .define("clickhouseSettings", Type.LIST, "", Importance.LOW, "setting=value, separated by commas")
        .define("retryCount", Type.INT, 3, Range.between(3, 10), Importance.LOW, "Retries")
        .define("timeoutSeconds", Type.INT, 30, Range.between(0, 600), Importance.LOW, "For an insert")
        .define("exactlyOnce", Type.BOOLEAN, false, Importance.LOW, "Not here")
        .define("zkPath", Type.STRING, "/kafka-connect", Importance.LOW, "Of the state")
        .define("zkDatabase", Type.STRING, "connect_state", Importance.LOW, "Of the state")
        .define("bufferCount", Type.INT, 0, Importance.LOW, "Messages of a block")
        .define("suppressTableExistenceException", Type.BOOLEAN, false, Importance.LOW, "Not here");

    private Map<String, String> properties = Map.of();

    @Override
    public ConfigDef config() {
        return DEFINITIONS;
    }

    @Override
    public void start(Map<String, String> given) {
        properties = given;
    }

    @Override
    public void stop() {}

    @Override
    public Class<? extends Task> taskClass() {
        return ClickHouseSinkTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int tasks) {
        return Collections.nCopies(tasks, properties);
    }

    @Override
    public String version() {
        return "tests";
    }
}
