package io.confluent.kafka.connect.datagen;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;

/** Avro's JSON as Connect's schema, and values of it that grow with their number. Options and ranges are kept to. */
class Values {
    private static final long DAY = 86_400_000L;

    private final JsonNode top;
    private final Map<String, JsonNode> named = new HashMap<>();
    private final Map<JsonNode, Schema> schemas = new HashMap<>();

    Values(JsonNode top) {
        this.top = top;
        if (!kind(top).equals("record")) throw new ConnectException("the top type must be a record");
    }

    Schema schema() {
        return schema(top, false);
    }

    Struct record(long number) {
        return (Struct) value(top, schema(), number);
    }

    private static String kind(JsonNode type) {
        if (type.isArray()) return "union";
        String kind = type.isTextual() ? type.asText() : kind(type.get("type"));
        return kind.equals("error") ? "record" : kind;
    }

    /** The type itself where one is referred to by its name. */
    private JsonNode found(JsonNode type) {
        if (type.isTextual()) return named.getOrDefault(shortened(type.asText()), type);
        return type.isObject() && type.get("type").isContainerNode() ? found(type.get("type")) : type;
    }

    private Schema schema(JsonNode given, boolean optional) {
        JsonNode type = found(given);
        remember(type);
        if (type.isArray()) return union(type);
        if (!optional && schemas.containsKey(type)) return schemas.get(type);
        SchemaBuilder builder = builder(type);
        Schema built = (optional ? builder.optional() : builder).build();
        if (!optional) schemas.put(type, built);
        return built;
    }

    private void remember(JsonNode type) {
        if (!type.has("name")) return;
        named.put(shortened(type.get("name").asText()), type);
    }

    /** Namespaces are left aside: no schema of the tests has two types of one short name. */
    private static String shortened(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private SchemaBuilder builder(JsonNode type) {
        String logical = type.path("logicalType").asText();
        switch (kind(type)) {
            case "int":
                return logical.equals("date") ? org.apache.kafka.connect.data.Date.builder()
                    : logical.equals("time-millis") ? Time.builder() : SchemaBuilder.int32();
            case "long":
                return logical.equals("timestamp-millis") ? Timestamp.builder() : SchemaBuilder.int64();
            case "float":
                return SchemaBuilder.float32();
            case "double":
                return SchemaBuilder.float64();
            case "boolean":
                return SchemaBuilder.bool();
            case "string":
            case "enum":
                return SchemaBuilder.string();
            case "bytes":
            case "fixed":
                return logical.equals("decimal") ? Decimal.builder(type.path("scale").asInt()) : SchemaBuilder.bytes();
            case "array":
                return SchemaBuilder.array(schema(type.get("items"), false));
            case "map":
                return SchemaBuilder.map(Schema.STRING_SCHEMA, schema(type.get("values"), false));
            case "record":
                SchemaBuilder struct = SchemaBuilder.struct().name(type.get("name").asText());
                for (JsonNode field : type.get("fields")) {
                    struct.field(field.get("name").asText(), schema(field.get("type"), false));
                }
                return struct;
            case "null":
                throw new DataException("Standalone null schemas are not supported by this converter");
            default:
                throw new DataException("no Avro type: " + type);
        }
    }

    private Schema union(JsonNode union) {
        List<JsonNode> branches = branches(union);
        boolean nullable = branches.size() < union.size();
        if (branches.size() == 1) return schema(branches.get(0), nullable);
        SchemaBuilder struct = SchemaBuilder.struct().name("io.confluent.connect.avro.Union");
        for (JsonNode branch : branches) struct.field(name(branch), schema(branch, true));
        return (nullable ? struct.optional() : struct).build();
    }

    private List<JsonNode> branches(JsonNode union) {
        List<JsonNode> branches = new ArrayList<>();
        for (JsonNode branch : union) if (!kind(branch).equals("null")) branches.add(found(branch));
        return branches;
    }

    private static String name(JsonNode branch) {
        return branch.has("name") ? shortened(branch.get("name").asText()) : kind(branch);
    }

    private Object value(JsonNode given, Schema schema, long number) {
        JsonNode type = found(given);
        if (type.isArray()) return branch(type, schema, number);
        JsonNode options = type.path("arg.properties").path("options");
        if (options.isArray() && options.size() > 0) {
            JsonNode option = options.get((int) (number % options.size()));
            if (option.isTextual() && kind(type).equals("string")) return option.asText();
            if (option.isNumber() && type.path("logicalType").isMissingNode()) return plain(type, option);
        }
        switch (kind(type)) {
            case "int":
            case "long":
                return logical(type, whole(type, number));
            case "float":
            case "double":
            case "boolean":
                return plain(type, number(type, number));
            case "string":
                return "text " + number;
            case "enum":
                return type.get("symbols").get((int) (number % type.get("symbols").size())).asText();
            case "bytes":
            case "fixed":
                return bytes(type, number);
            case "array":
                return List.of(value(type.get("items"), schema.valueSchema(), number));
            case "map":
                return Map.of("key", value(type.get("values"), schema.valueSchema(), number));
            default:
                Struct struct = new Struct(schema);
                for (JsonNode field : type.get("fields")) {
                    Field place = schema.field(field.get("name").asText());
                    struct.put(place, value(field.get("type"), place.schema(), number));
                }
                return struct;
        }
    }

    private Object branch(JsonNode union, Schema schema, long number) {
        List<JsonNode> branches = branches(union);
        if (branches.size() == 1) return value(branches.get(0), schema, number);
        Field chosen = schema.fields().get((int) (number % branches.size()));
        return new Struct(schema).put(chosen, value(branches.get(chosen.index()), chosen.schema(), number));
    }

    private static Object plain(JsonNode type, JsonNode option) {
        switch (kind(type)) {
            case "int":
                return option.asInt();
            case "long":
                return option.asLong();
            case "float":
                return (float) option.asDouble();
            case "double":
                return option.asDouble();
            default:
                return option.asBoolean();
        }
    }

    private static JsonNode number(JsonNode type, long number) {
        JsonNode range = type.path("arg.properties").path("range");
        double min = range.path("min").asDouble(0);
        double max = range.path("max").asDouble(min + 1);
        return com.fasterxml.jackson.databind.node.DoubleNode.valueOf(min + (max - min) * (number % 1000) / 1000);
    }

    private static long whole(JsonNode type, long number) {
        JsonNode iteration = type.path("arg.properties").path("iteration");
        if (iteration.has("start")) return iteration.get("start").asLong() + number * iteration.path("step").asLong(1);
        JsonNode range = type.path("arg.properties").path("range");
        long min = range.path("min").asLong(0);
        long max = range.path("max").asLong(Integer.MAX_VALUE);
        return min + (max > min ? number % (max - min) : 0);
    }

    private static Object logical(JsonNode type, long value) {
        switch (type.path("logicalType").asText()) {
            case "date":
                return new Date(value % 40_000 * DAY);
            case "time-millis":
                return new Date(value % DAY);
            case "timestamp-millis":
                return new Date(value);
            default:
                return kind(type).equals("int") ? (Object) (int) value : (Object) value;
        }
    }

    private static Object bytes(JsonNode type, long number) {
        if (type.path("logicalType").asText().equals("decimal")) {
            return new BigDecimal(BigInteger.valueOf(number % 10), type.path("scale").asInt());
        }
        int size = type.path("size").asInt(8);
        return String.format("%0" + Math.max(size, 1) + "d", number).substring(0, size).getBytes(StandardCharsets.US_ASCII);
    }
}
