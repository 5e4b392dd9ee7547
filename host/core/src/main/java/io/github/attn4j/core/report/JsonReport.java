package io.github.attn4j.core.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reports as JSON. A number that JSON cannot hold is written as follows: NaN, "there is none", as
 * null; infinities as the strings "Infinity" and "-Infinity". Both are read back as what they were.
 */
public final class JsonReport {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(
              new SimpleModule()
                  .addSerializer(double.class, new DoubleWriter())
                  .addSerializer(Double.class, new DoubleWriter())
                  .addDeserializer(double.class, new DoubleReader())
                  .addDeserializer(Double.class, new DoubleReader()))
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  /** The oldest version that still says all that later ones ask for, but for what has a default. */
  static final int OLDEST_VERSION = 3;

  static final int OLDEST_PEER_VERSION = 1;

  private JsonReport() {}

  /** Writes any report. */
  public static void write(Path file, Object report) {
    AtomicFile.write(file, text(report));
  }

  /** A report as JSON text. */
  public static String text(Object report) {
    return MAPPER.writeValueAsString(report);
  }

  /**
   * Reads a report of either kind; throws {@link UncheckedIOException} naming the file if it is
   * neither.
   */
  public static Report read(Path file) {
    try {
      JsonNode tree = MAPPER.readTree(Files.readString(file));
      if (tree.has("ratios")) { // what only peers.json has
        requireVersion(tree, OLDEST_PEER_VERSION, PeerReport.SCHEMA_VERSION);
        return MAPPER.treeToValue(upgradedPeers(tree), PeerReport.class);
      }
      requireVersion(tree, OLDEST_VERSION, BenchReport.SCHEMA_VERSION);
      return MAPPER.treeToValue(upgraded(tree), BenchReport.class);
    } catch (JacksonException e) {
      throw unreadable(file, where(e), new IOException(e));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** The same where it must be that of a sweep. */
  public static BenchReport readBench(Path file) {
    return switch (read(file)) {
      case BenchReport bench -> bench;
      case PeerReport _ ->
          throw unreadable(file, new IOException("it holds ratios to peers, not a sweep's cells"));
    };
  }

  private static void requireVersion(JsonNode tree, int oldest, int newest) throws IOException {
    if (!tree.has("schemaVersion")) {
      throw new IOException("its schemaVersion is missing");
    }
    int version = tree.path("schemaVersion").asInt(0);
    if (version < oldest || version > newest) {
      String commit = tree.at("/environment/gitCommit").asString("");
      throw new IOException(
          "schemaVersion %s, but this build reads %d to %d%s"
              .formatted(
                  tree.path("schemaVersion"),
                  oldest,
                  newest,
                  commit.isEmpty() ? "" : "; the build of commit " + commit + " wrote it"));
    }
  }

  /** A report of an older version as one of this: what it did not ask about is null or empty. */
  static JsonNode upgraded(JsonNode report) {
    JsonNode upgraded = report.deepCopy();
    int version = upgraded.path("schemaVersion").asInt(0);
    if (upgraded instanceof ObjectNode whole
        && version >= OLDEST_VERSION
        && version < BenchReport.SCHEMA_VERSION) {
      whole.put("schemaVersion", BenchReport.SCHEMA_VERSION);
      for (JsonNode cell : whole.path("cells")) {
        if (cell instanceof ObjectNode own) {
          upgrade(own, version);
        }
      }
    }
    return upgraded;
  }

  /** The same of ratios to peers. */
  static JsonNode upgradedPeers(JsonNode report) {
    JsonNode upgraded = report.deepCopy();
    if (upgraded instanceof ObjectNode whole
        && whole.path("schemaVersion").asInt(0) < PeerReport.SCHEMA_VERSION) {
      int version = whole.path("schemaVersion").asInt(0);
      whole.put("schemaVersion", PeerReport.SCHEMA_VERSION);
      for (JsonNode row : whole.path("ratios")) {
        if (row instanceof ObjectNode own && version < 2) {
          putTypes(own);
          own.put("mode", "").put("pageSize", 0).put("deterministic", false);
        }
      }
    }
    return upgraded;
  }

  private static void upgrade(ObjectNode cell, int version) {
    if (version < 4) {
      cell.putNull("sparsity");
    }
    if (cell.path("measurement") instanceof ObjectNode measurement) {
      measurement.putNull("roundNanos");
    }
    if (version >= 7) {
      return; // 8 added a status, which nothing older has
    }
    putTypes(cell); // 7 added these, and whoever is older lacks them
    cell.put("mode", "").put("pageSize", 0).put("deterministic", false);
    if (cell.path("measurement") instanceof ObjectNode measurement) {
      measurement.putNull("keyValueGigabytesPerSecond");
      double seconds = measurement.at("/kernelNanos/median").asDouble(Double.NaN) / 1e9;
      double tokens = cell.path("batch").asDouble() * cell.path("queryLength").asDouble();
      measurement.put("tokensPerSecond", tokens / seconds);
      if (version < 6) {
        measurement.putNull("plainFmaNanos").putNull("plainReadNanos");
      }
      if (version < 5) {
        measurement.put("tuning", "");
      }
    }
  }

  /** Kernels were float32 before types were named; PyTorch's say it in their names. */
  private static void putTypes(ObjectNode row) {
    String kernel = row.path("kernel").asString("");
    String type =
        kernel.endsWith("-float16") ? "f16" : kernel.endsWith("-bfloat16") ? "bf16" : "f32";
    row.put("dtype", type).put("kvDtype", type);
  }

  private static UncheckedIOException unreadable(Path file, IOException e) {
    return unreadable(file, e.toString(), e);
  }

  private static UncheckedIOException unreadable(Path file, String why, IOException e) {
    return new UncheckedIOException(
        "cannot read %s as the report.json or peers.json of a benchmark (%s); take another file, or have it written anew: ./attn bench --output FOLDER"
            .formatted(file, why),
        e);
  }

  /** What is wrong with a text, and where: a file that was cut short ends at its last line. */
  public static String where(JacksonException e) {
    TokenStreamLocation at = e.getLocation();
    return at == null || at.getLineNr() < 1
        ? e.getOriginalMessage()
        : "line %d, column %d: %s"
            .formatted(at.getLineNr(), at.getColumnNr(), e.getOriginalMessage());
  }

  private static final class DoubleWriter extends ValueSerializer<Double> {
    @Override
    public void serialize(Double value, JsonGenerator generator, SerializationContext context) {
      if (value.isNaN()) {
        generator.writeNull();
      } else if (value.isInfinite()) {
        generator.writeString(value.toString());
      } else {
        generator.writeNumber(value);
      }
    }
  }

  private static final class DoubleReader extends ValueDeserializer<Double> {
    @Override
    public Double deserialize(
        tools.jackson.core.JsonParser parser, DeserializationContext context) {
      String text = parser.getString();
      try {
        return Double.valueOf(text);
      } catch (NumberFormatException e) {
        throw DatabindException.from(parser, "'%s' is no number".formatted(text), e);
      }
    }

    @Override
    public Object getNullValue(DeserializationContext context) {
      return Double.NaN;
    }

    @Override
    public Object getAbsentValue(DeserializationContext context) {
      return Double.NaN;
    }
  }
}
