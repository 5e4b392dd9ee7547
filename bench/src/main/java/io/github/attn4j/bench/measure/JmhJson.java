package io.github.attn4j.bench.measure;

import io.github.attn4j.core.report.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;

/** The forks' results in JMH's own JSON, for tools that read it. */
public final class JmhJson {
  private JmhJson() {}

  /** Writes the file; its primary score is a launch's wall time. */
  public static void write(Path file, Collection<RunResult> results) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream text = new PrintStream(bytes, false, StandardCharsets.UTF_8)) {
      ResultFormatFactory.getInstance(ResultFormatType.JSON, text).writeOut(results);
    }
    AtomicFile.write(file, bytes.toString(StandardCharsets.UTF_8));
  }
}
