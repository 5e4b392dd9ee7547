package io.github.attn4j.bench.shape;

import io.github.attn4j.core.input.InvalidFileException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Shapes by name: those of real models that ship with the suite, and those of a user's file, which
 * has the same form: a JSON array of objects as docs/benchmarking.md describes them.
 */
public final class ShapeList {
  /** Names every preset at once. */
  public static final String ALL = "all";

  private static final String PRESETS = "models.json";

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private ShapeList() {}

  /**
   * An entry as a file has it; what may be left out is null there.
   *
   * @param model name of the model, or whatever reports are to call the shape
   * @param phase "prefill", "decode" or the like
   * @param source paper or model card that the numbers are from
   */
  private record Entry(
      @Nullable String model,
      @Nullable String phase,
      @Nullable String source,
      @Nullable Integer batch,
      @Nullable Integer queryHeads,
      @Nullable Integer kvHeads,
      @Nullable Integer queryLength,
      @Nullable Integer kvLength,
      @Nullable Integer headDim,
      @Nullable Integer valueDim,
      @Nullable String mask,
      @Nullable Float softCap,
      @Nullable String score) {
    Shape shape() {
      int heads = required("queryHeads", queryHeads);
      int dim = required("headDim", headDim);
      int queries = required("queryLength", queryLength);
      if (model == null || model.isBlank()) {
        throw new IllegalArgumentException("it lacks 'model', the name that reports show");
      }
      Shape shape =
          new Shape(
              phase == null ? model : model + " " + phase,
              batch == null ? 1 : batch,
              heads,
              kvHeads == null ? heads : kvHeads,
              queries,
              kvLength == null ? queries : kvLength,
              dim,
              valueDim == null ? dim : valueDim,
              mask == null ? "full" : mask,
              softCap == null ? 0 : softCap,
              score == null ? "" : score,
              Mode.SWEEP,
              Storage.PLAIN);
      shape.spec(); // whatever makes no sense is said here, with the file's name
      return shape;
    }

    private static int required(String name, @Nullable Integer value) {
      if (value == null) {
        throw new IllegalArgumentException("it lacks '" + name + "'");
      }
      return value;
    }
  }

  /** The shapes of real models. */
  public static List<Shape> presets() {
    try (InputStream stream = ShapeList.class.getResourceAsStream(PRESETS)) {
      if (stream == null) {
        throw new IllegalStateException("the class path has no " + PRESETS);
      }
      return parse(Path.of(PRESETS), new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + PRESETS, e);
    }
  }

  /**
   * The shapes that an option names: presets ("llama-3-8b" means all of its phases, "llama-3-8b
   * decode" one of them, "all" every one), and files.
   *
   * @throws IllegalArgumentException with the presets there are, if a name is neither
   * @throws InvalidFileException if a file is no list of shapes
   */
  public static List<Shape> named(List<String> names) {
    List<Shape> presets = presets();
    List<Shape> chosen = new ArrayList<>();
    for (String name : names) {
      if (name.isBlank()) {
        throw new IllegalArgumentException("--shapes has an empty name among its values");
      }
      List<Shape> found =
          presets.stream()
              .filter(shape ->
                  name.equals(ALL)
                      || shape.model().equals(name)
                      || shape.model().startsWith(name + " "))
              .toList();
      if (found.isEmpty() && Files.exists(Path.of(name))) {
        found = read(Path.of(name));
      }
      if (found.isEmpty()) {
        throw new IllegalArgumentException(
            "--shapes '%s' is neither a file nor one of %s, %s"
                .formatted(
                    name,
                    ALL,
                    presets.stream()
                        .map(shape -> shape.model().replaceFirst(" .*", ""))
                        .distinct()
                        .collect(Collectors.joining(", "))));
      }
      chosen.addAll(found);
    }
    return chosen.stream().distinct().toList();
  }

  private static List<Shape> read(Path file) {
    try {
      List<Shape> shapes = parse(file, Files.readString(file));
      if (shapes.isEmpty()) {
        throw new InvalidFileException(file, "it holds no shape");
      }
      return shapes;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s (%s)".formatted(file, e), e);
    }
  }

  private static List<Shape> parse(Path file, String text) {
    @Nullable Entry @Nullable [] entries;
    try {
      entries = MAPPER.readValue(text, Entry[].class);
    } catch (JacksonException e) {
      throw new InvalidFileException(
          file, "it is no JSON array of shapes: " + e.getOriginalMessage());
    }
    if (entries == null) {
      throw new InvalidFileException(file, "it is no JSON array of shapes but null");
    }
    List<Shape> shapes = new ArrayList<>();
    for (int i = 0; i < entries.length; i++) {
      if (entries[i] == null) {
        throw new InvalidFileException(file, "shape %d is null".formatted(i + 1));
      }
      try {
        shapes.add(entries[i].shape());
      } catch (IllegalArgumentException e) {
        throw new InvalidFileException(file, "shape %d: %s".formatted(i + 1, e.getMessage()));
      }
    }
    return shapes;
  }
}
