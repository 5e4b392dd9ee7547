package io.github.attn4j.core.cost;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Shapes of well-known models by name, from {@code transformers.json} beside this class: a JSON
 * array of {@link TransformerShape}s, each with its source.
 */
public final class TransformerPresets {
  private static final String FILE = "transformers.json";

  private TransformerPresets() {}

  /** Every preset, in the file's order. */
  public static List<TransformerShape> all() {
    try (InputStream stream = TransformerPresets.class.getResourceAsStream(FILE)) {
      if (stream == null) {
        throw new IllegalStateException("the class path has no " + FILE);
      }
      JsonMapper mapper =
          JsonMapper.builder()
              .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
              .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
              .build();
      String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      return List.of(mapper.readValue(text, TransformerShape[].class));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + FILE, e);
    }
  }

  /**
   * The shape of that name.
   *
   * @throws IllegalArgumentException naming those there are
   */
  public static TransformerShape named(String name) {
    return all().stream()
        .filter(shape -> shape.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no preset '%s'; there are %s"
                    .formatted(
                        name,
                        String.join(", ", all().stream().map(TransformerShape::name).toList()))));
  }
}
