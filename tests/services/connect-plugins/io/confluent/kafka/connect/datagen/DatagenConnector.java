package io.confluent.kafka.connect.datagen;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.SourceConnector;

/** Stands in for Confluent's connector of this name: it takes and refuses the same configurations. */
public class DatagenConnector extends SourceConnector {
    static final String TOPIC = "kafka.topic";
    static final String INTERVAL = "max.interval";
    static final String ITERATIONS = "iterations";
    static final String SCHEMA = "schema.string";
    static final String FILE = "schema.filename";
    static final String KEY = "schema.keyfield";
    static final String QUICKSTART = "quickstart";
    static final String SEED = "random.seed";
    static final String TASK = "task.id";

    static final ConfigDef DEFINITIONS = new ConfigDef()
        .define(TOPIC, Type.STRING, Importance.HIGH, "The topic to write to")
        .define(INTERVAL, Type.LONG, 500L, Importance.HIGH, "At most so many milliseconds between two messages")
        .define(ITERATIONS, Type.INT, -1, Importance.HIGH, "Messages of a task, without end if less than 1")
        .define(SCHEMA, Type.STRING, "", DatagenConnector::parsed, Importance.HIGH, "The schema")
        .define(FILE, Type.STRING, "", DatagenConnector::readable, Importance.HIGH, "A file of the schema")
        .define(KEY, Type.STRING, "", Importance.HIGH, "The field whose value is the key")
        .define(QUICKSTART, Type.STRING, "", Importance.HIGH, "A schema by its name")
        .define(SEED, Type.LONG, null, Importance.LOW, "The seed")
        .define("generate.timeout", Type.LONG, null, Importance.LOW, "At most so many milliseconds for a message");

    private Map<String, String> properties = Map.of();

    /** Throws ConfigException if the text is no schema of a record, or the file cannot be read. */
    static JsonNode schema(String text) {
        try {
            JsonNode schema = new ObjectMapper().readTree(text);
            new Values(schema).schema();
            return schema;
        } catch (JsonProcessingException | RuntimeException error) {
            throw new ConfigException("Unable to parse the provided schema");
        }
    }

    static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException error) {
            throw new ConfigException("Unable to parse the provided schema");
        }
    }

    private static void parsed(String name, Object value) {
        if (!value.equals("")) schema((String) value);
    }

    private static void readable(String name, Object value) {
        if (!value.equals("")) schema(read((String) value));
    }

    @Override
    public Config validate(Map<String, String> given) {
        Config config = super.validate(given);
        List<String> sources = List.of(SCHEMA, FILE, QUICKSTART);
        long set = sources.stream().filter(name -> !given.getOrDefault(name, "").isEmpty()).count();
        for (ConfigValue value : config.configValues()) {
            if (set != 1 && sources.contains(value.name())) {
                value.addErrorMessage("Must set exactly one of " + String.join(", ", sources));
            }
            if (value.name().equals(KEY) && !has(given)) {
                value.addErrorMessage("The schema does not contain the field provided in 'schema.keyfield'");
            }
        }
        return config;
    }

    /** Whether the key is a field of the schema, as far as both are given and can be read. */
    private static boolean has(Map<String, String> given) {
        String key = given.getOrDefault(KEY, "");
        String text = given.getOrDefault(SCHEMA, "");
        if (key.isEmpty() || text.isEmpty()) return true;
        try {
            for (JsonNode field : schema(text).get("fields")) {
                if (field.get("name").asText().equals(key)) return true;
            }
        } catch (ConfigException unreadable) {
            return true;
        }
        return false;
    }

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
        return DatagenTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int tasks) {
        List<Map<String, String>> configs = new ArrayList<>();
        for (int task = 0; task < tasks; task++) {
            Map<String, String> config = new HashMap<>(properties);
            config.put(TASK, Integer.toString(task));
            configs.add(config);
        }
        return configs;
    }

    @Override
    public String version() {
        return "tests";
    }
}
