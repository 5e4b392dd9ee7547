package io.github.attn4j.core.report;

import java.io.StringWriter;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SequenceWriter;
import tools.jackson.dataformat.csv.CsvMapper;
import tools.jackson.dataformat.csv.CsvSchema;
import tools.jackson.dataformat.csv.CsvWriteFeature;

/**
 * A benchmark report as comma-separated values (RFC 4180, UTF-8): a row a cell, every figure a
 * column.
 *
 * <p>Columns are named as in {@code report.json}, so that docs/report.schema.json tells their
 * units: {@code measurement.kernelNanos.median}. Three of the run go before, so that files of
 * several runs can be put together. Figures have all their digits; what there is none of (null in
 * JSON) is empty, and what has no bound is {@code Infinity}.
 *
 * <p>Spreadsheets take text that begins with {@code =}, {@code +}, {@code -}, {@code @}, a tab or a
 * carriage return for a formula, and names and notes come from drivers and compilers. Such text
 * gets an apostrophe in front, which they take as "this is text". Figures never get one.
 */
public final class CsvReport {
  private static final CsvMapper MAPPER =
      CsvMapper.builder()
          // Quotes where the standard asks for them, not around whatever is long.
          .enable(CsvWriteFeature.STRICT_CHECK_FOR_QUOTING)
          .build();

  private CsvReport() {}

  /**
   * Writes the file, whole or not at all.
   *
   * @throws java.io.UncheckedIOException naming the file if it cannot be written
   */
  public static void write(Path file, BenchReport report) {
    AtomicFile.write(file, text(report));
  }

  static String text(BenchReport report) {
    List<String> header = new ArrayList<>(List.of("startedAt", "gitCommit", "family"));
    addNames(BenchCell.class, "", header);
    CsvSchema.Builder columns =
        CsvSchema.builder().setUseHeader(true).setLineSeparator("\r\n").setNullValue("");
    header.forEach(columns::addColumn);
    StringWriter text = new StringWriter();
    Families families = new Families(report.cells());
    try (SequenceWriter rows = MAPPER.writer(columns.build()).writeValues(text)) {
      for (BenchCell cell : report.cells()) {
        Environment environment = report.environment();
        List<@Nullable Object> row = new ArrayList<>();
        row.add(inert(environment.startedAt()));
        row.add(inert(environment.gitCommit()));
        row.add(inert(families.of(cell)));
        addValues(BenchCell.class, cell, row);
        rows.write(row);
      }
    }
    return report.cells().isEmpty() ? String.join(",", header) + "\r\n" : text.toString();
  }

  private static void addNames(Class<?> type, String prefix, List<String> names) {
    for (RecordComponent component : type.getRecordComponents()) {
      String name = prefix + component.getName();
      if (component.getType().isRecord()) {
        addNames(component.getType(), name + ".", names);
      } else {
        names.add(name);
      }
    }
  }

  /** A missing part leaves as many fields empty as it has figures. */
  private static void addValues(
      Class<?> type, @Nullable Object part, List<@Nullable Object> values) {
    for (RecordComponent component : type.getRecordComponents()) {
      Object value = part == null ? null : read(component, part);
      if (component.getType().isRecord()) {
        addValues(component.getType(), value, values);
      } else if (value instanceof Double number && !Double.isFinite(number)) {
        values.add(number.isNaN() ? null : number.toString());
      } else if (value instanceof String text) {
        values.add(inert(text));
      } else {
        values.add(value);
      }
    }
  }

  private static Object read(RecordComponent component, Object part) {
    try {
      return component.getAccessor().invoke(part);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the report's record hides " + component, e);
    }
  }

  /** Text that no spreadsheet computes. */
  private static String inert(String text) {
    return !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
  }
}
