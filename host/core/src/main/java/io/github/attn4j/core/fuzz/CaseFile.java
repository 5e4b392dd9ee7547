package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.report.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;

/** Cases as JSON files: what {@code ./attn fuzz} writes and {@code ./attn replay} reads. */
public final class CaseFile {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .build();

  /** Of a file; the largest case that is drawn has a fiftieth of it. */
  private static final long MOST_BYTES = 1 << 20;

  private CaseFile() {}

  /**
   * Writes a case.
   *
   * @throws UncheckedIOException naming the file, if it cannot be written
   */
  public static void write(Path file, FuzzCase drawn) {
    AtomicFile.write(file, text(drawn) + "\n");
  }

  /** A case as JSON. */
  public static String text(FuzzCase drawn) {
    return MAPPER.writeValueAsString(drawn);
  }

  /** The same on one line, for a terminal. */
  public static String line(FuzzCase drawn) {
    return MAPPER.writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsString(drawn);
  }

  /**
   * Reads a case.
   *
   * @throws UncheckedIOException naming the file, if it cannot be read
   * @throws InvalidFileException naming the file and the field that is wrong
   */
  public static FuzzCase read(Path file) {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new InvalidFileException(
            file,
            "has %,d bytes; no case has more than %,d".formatted(Files.size(file), MOST_BYTES));
      }
      return parse(file, Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read %s (%s)".formatted(file, e), e);
    }
  }

  /**
   * Reads a case from a file's text, and makes sure that it is one: its problem can be made.
   *
   * @param file for messages
   * @throws InvalidFileException naming the file and the field that is wrong
   */
  public static FuzzCase parse(Path file, String text) {
    FuzzCase read;
    try {
      JsonNode tree = MAPPER.readTree(text);
      JsonNode version = tree.path("schemaVersion");
      if (!version.isInt() || version.asInt() != FuzzCase.SCHEMA_VERSION) {
        throw new InvalidFileException(
            file,
            "schemaVersion is %s, but this build reads %d: is it a case of ./attn fuzz?"
                .formatted(version.isMissingNode() ? "missing" : version, FuzzCase.SCHEMA_VERSION));
      }
      read = MAPPER.treeToValue(tree, FuzzCase.class);
    } catch (DatabindException e) {
      throw new InvalidFileException(file, field(e) + ": " + reason(e));
    } catch (JacksonException e) {
      throw new InvalidFileException(file, "is no JSON: " + e.getOriginalMessage());
    }
    requireReasonable(file, read);
    return read;
  }

  /** Sizes first: what is far too large would be allocated before anything else is noticed. */
  private static void requireReasonable(Path file, FuzzCase read) {
    FuzzShape shape = read.shape();
    for (int extent :
        List.of(
            shape.batch(),
            shape.queryHeads(),
            shape.kvHeads(),
            shape.queryLength(),
            shape.kvLength(),
            shape.headDim(),
            shape.valueDim())) {
      if (extent < 1 || extent > FuzzShape.MOST) {
        throw new InvalidFileException(
            file, "shape: each extent is 1 to %d, but one is %d".formatted(FuzzShape.MOST, extent));
      }
    }
    double pairs =
        (double) shape.batch() * shape.queryHeads() * shape.queryLength() * shape.kvLength();
    double rows =
        ((double) shape.batch() * shape.queryHeads())
            * (shape.queryLength() + (double) shape.kvLength());
    if (pairs > FuzzShape.MOST_PAIRS
        || rows * (shape.headDim() + shape.valueDim()) > FuzzShape.MOST_PAIRS) {
      throw new InvalidFileException(
          file,
          "shape: %.3g pairs are more than a case of %.3g".formatted(pairs, FuzzShape.MOST_PAIRS));
    }
    try {
      var spec = read.spec();
      long elements =
          (long) spec.queryElements()
              + spec.keyElements()
              + spec.valueElements()
              + spec.outputElements();
      if (elements > FuzzShape.MOST_PAIRS) {
        throw new InvalidFileException(
            file,
            "places: buffers of %,d elements, more than a case of %.3g"
                .formatted(elements, FuzzShape.MOST_PAIRS));
      }
      if (!read.family().fits(spec.types())) {
        throw new InvalidFileException(
            file,
            "family: %s, which %s cannot hold"
                .formatted(read.family().label(), spec.types().label()));
      }
    } catch (IllegalArgumentException e) {
      throw new InvalidFileException(file, "is no problem: " + e.getMessage());
    }
  }

  private static String field(DatabindException e) {
    String path =
        e.getPath().stream()
            .map(part ->
                part.getPropertyName() == null
                    ? "[" + part.getIndex() + "]"
                    : part.getPropertyName())
            .collect(Collectors.joining("."));
    return path.isEmpty() ? "the whole" : path;
  }

  /** A constructor's own words, where it was one that refused. */
  private static String reason(DatabindException e) {
    String own = e.getOriginalMessage();
    if (own.startsWith("Missing creator property")) {
      return "is missing";
    }
    return e.getCause() instanceof IllegalArgumentException refused
        ? String.valueOf(refused.getMessage())
        : own;
  }
}
