package com.clickhouse.kafka.connect.transforms;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.transforms.Transformation;

/** Puts the key among the values. A message without value is an error, as in the transform that it stands in for. */
public class KeyToValue<R extends ConnectRecord<R>> implements Transformation<R> {
    private static final ConfigDef DEFINITIONS =
        new ConfigDef().define("field", Type.STRING, "_key", Importance.HIGH, "The name of the key among the values");

    private String field;

    @Override
    public void configure(Map<String, ?> given) {
        field = (String) DEFINITIONS.parse(given).get("field");
    }

    @Override
    public R apply(R record) {
        if (record.value() instanceof Struct) return withSchema(record, (Struct) record.value());
        if (!(record.value() instanceof Map)) throw new DataException("a key can be put into an object only");
        Map<Object, Object> value = new HashMap<>((Map<?, ?>) record.value());
        value.put(field, record.key());
        return with(record, null, value);
    }

    private R withSchema(R record, Struct given) {
        SchemaBuilder builder = SchemaBuilder.struct().name(given.schema().name());
        for (Field known : given.schema().fields()) builder.field(known.name(), known.schema());
        Schema key = record.keySchema() == null ? Schema.OPTIONAL_STRING_SCHEMA : record.keySchema();
        Schema schema = builder.field(field, key).build();
        Struct value = new Struct(schema);
        for (Field known : given.schema().fields()) value.put(known.name(), given.get(known));
        return with(record, schema, value.put(field, record.key()));
    }

    private R with(R record, Schema schema, Object value) {
        return record.newRecord(
            record.topic(), record.kafkaPartition(), record.keySchema(), record.key(), schema, value, record.timestamp());
    }

    @Override
    public ConfigDef config() {
        return DEFINITIONS;
    }

    @Override
    public void close() {}
}
