package io.github.attn4j.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;

/** Holds a JSON schema against the records that it describes. */
public final class RecordSchema {
  private RecordSchema() {}

  /** A schema of docs. Surefire tells the module's folder; an editor starts tests in it. */
  public static JsonNode read(String name) {
    Path file = docs(Path.of(System.getProperty("basedir", "")).toAbsolutePath()).resolve(name);
    try {
      return new JsonMapper().readTree(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException("no schema at " + file.toAbsolutePath(), e);
    }
  }

  /** Modules lie one or two folders deep. */
  private static Path docs(Path module) {
    for (Path folder = module; folder != null; folder = folder.getParent()) {
      if (Files.isRegularFile(folder.resolve("docs/report.schema.json"))) {
        return folder.resolve("docs");
      }
    }
    throw new IllegalStateException("no docs above " + module);
  }

  /** The same properties, all required and described, and a definition for each record reached. */
  public static void assertSame(Class<?> type, JsonNode schema) {
    Set<String> reached = new LinkedHashSet<>();
    compare(type, schema, "the report", schema.get("$defs"), reached);
    assertThat(schema.get("$defs").propertyNames()).containsExactlyInAnyOrderElementsOf(reached);
  }

  private static void compare(
      Class<?> type, JsonNode schema, String path, JsonNode definitions, Set<String> reached) {
    List<String> names =
        Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).toList();
    assertThat(schema.get("properties").propertyNames())
        .as(path)
        .containsExactlyInAnyOrderElementsOf(names);
    assertThat(texts(schema.get("required")))
        .as("required in " + path)
        .containsExactlyInAnyOrderElementsOf(names);
    assertThat(schema.at("/additionalProperties").booleanValue(true)).as(path).isFalse();
    for (RecordComponent component : type.getRecordComponents()) {
      String name = path + "." + component.getName();
      JsonNode property = schema.get("properties").get(component.getName());
      assertThat(property.path("description").asString("")).as(name + " is described").isNotEmpty();
      check(component.getGenericType(), property, name, definitions, reached);
    }
  }

  private static void check(
      Type type, JsonNode schema, String path, JsonNode definitions, Set<String> reached) {
    if (type instanceof ParameterizedType generic && generic.getRawType() == List.class) {
      assertThat(schema.path("type").asString()).as(path).isEqualTo("array");
      check(
          generic.getActualTypeArguments()[0],
          schema.get("items"),
          path + "[]",
          definitions,
          reached);
    } else if (type instanceof Class<?> kind && kind.isArray()) {
      assertThat(schema.path("type").asString()).as(path).isEqualTo("array");
      check(kind.getComponentType(), schema.get("items"), path + "[]", definitions, reached);
    } else if (type instanceof ParameterizedType generic && generic.getRawType() == Map.class) {
      assertThat(schema.path("type").asString()).as(path).isEqualTo("object");
    } else if (type instanceof Class<?> kind && kind.isRecord()) {
      JsonNode target = schema.has("$ref") ? schema : schema.at("/anyOf/0");
      assertThat(target.path("$ref").asString()).as(path).endsWith("/" + kind.getSimpleName());
      if (reached.add(kind.getSimpleName())) {
        compare(
            kind,
            definitions.get(kind.getSimpleName()),
            kind.getSimpleName(),
            definitions,
            reached);
      }
    } else if (type instanceof Class<?> kind && kind.isEnum()) {
      assertThat(texts(schema.get("enum")))
          .as(path)
          .containsExactlyElementsOf(
              Arrays.stream(kind.getEnumConstants()).map(Object::toString).toList());
    } else if (schema.has("const")) {
      assertThat(schema.get("const").isNumber()).as(path).isEqualTo(type != String.class);
    } else {
      JsonNode own = schema.has("anyOf") ? schema.at("/anyOf/0/type") : schema.get("type");
      assertThat(own.isArray() ? own.get(0).asString() : own.asString())
          .as(path)
          .isEqualTo(jsonType(type));
    }
  }

  private static String jsonType(Type type) {
    if (type == int.class || type == long.class || type == Integer.class) {
      return "integer";
    }
    if (type == double.class || type == float.class) {
      return "number";
    }
    return type == boolean.class ? "boolean" : "string";
  }

  private static List<String> texts(JsonNode array) {
    return ((ArrayNode) array).valueStream().map(JsonNode::asString).toList();
  }
}
