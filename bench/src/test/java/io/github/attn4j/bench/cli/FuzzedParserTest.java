package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.conform.FuzzedOnnx;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What reads a user's text over its corpus, over damaged copies of it, and, with -Pexhaustive, over
 * what Jazzer makes of it while it watches which code that reaches. An input that Jazzer finds
 * belongs into the corpus: the file that it names, into the parser's folder.
 */
class FuzzedParserTest {
  private static final String SECONDS = System.getProperty("attn.jazzer.seconds", "20");
  private static final int DAMAGED = 200;

  @TempDir private Path folder = Path.of("");

  private static Path corpus(FuzzedParser parser) {
    URL resource =
        Objects.requireNonNull(
            FuzzedParserTest.class.getResource("/fuzzed-parsers/" + parser.id()),
            "no corpus for " + parser);
    try {
      return Path.of(resource.toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Path> seeds(FuzzedParser parser) throws IOException {
    try (Stream<Path> files = Files.list(corpus(parser))) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @EnumSource(FuzzedParser.class)
  void theCorpusMeetsDocumentedExceptionsOnly(FuzzedParser parser) throws IOException {
    List<Path> seeds = seeds(parser);
    assertThat(seeds).isNotEmpty();
    for (Path seed : seeds) {
      parser.read(Files.readAllBytes(seed));
    }
  }

  /** What is refused at its first byte teaches a fuzzer nothing. */
  @Test
  void theCorpusOfOnnxIsTaken() throws IOException {
    for (Path seed : seeds(FuzzedParser.ONNX_MODEL)) {
      assertThat(FuzzedOnnx.takesModel(Files.readAllBytes(seed))).as("%s", seed).isTrue();
    }
    for (Path seed : seeds(FuzzedParser.ONNX_TENSOR)) {
      assertThat(FuzzedOnnx.takesTensor(Files.readAllBytes(seed))).as("%s", seed).isTrue();
    }
    for (Path seed : seeds(FuzzedParser.ONNX_CASE)) {
      assertThat(FuzzedOnnx.takesCase(folder, Files.readAllBytes(seed))).as("%s", seed).isTrue();
    }
  }

  /** Needs no coverage, and so runs everywhere; the seed is fixed. */
  @ParameterizedTest
  @EnumSource(FuzzedParser.class)
  void damagedCopiesOfItDoToo(FuzzedParser parser) throws IOException {
    Random random = new Random(1);
    for (Path seed : seeds(parser)) {
      byte[] whole = Files.readAllBytes(seed);
      for (int n = 0; n < DAMAGED; n++) {
        parser.read(damaged(whole, random));
      }
    }
  }

  /** Cut, repeated, exchanged: a few places of each copy. */
  private static byte[] damaged(byte[] whole, Random random) {
    byte[] copy = whole.clone();
    for (int places = 1 + random.nextInt(4); places > 0 && copy.length > 0; places--) {
      int at = random.nextInt(copy.length);
      int end = Math.min(copy.length, at + 1 + random.nextInt(8));
      switch (random.nextInt(4)) {
        case 0 -> copy[at] = (byte) random.nextInt();
        case 1 -> copy[at] = (byte) "-9(){}[],:\"0.\n".charAt(random.nextInt(14));
        case 2 ->
            copy = joined(Arrays.copyOf(copy, at), Arrays.copyOfRange(copy, end, copy.length));
        default ->
            copy = joined(Arrays.copyOf(copy, end), Arrays.copyOfRange(copy, at, copy.length));
      }
    }
    return copy;
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /**
   * A JVM of its own: Jazzer changes every class that it watches, and ends the JVM at a finding.
   */
  @Tag("exhaustive")
  @ParameterizedTest
  @EnumSource(FuzzedParser.class)
  void jazzerFindsNoOtherException(FuzzedParser parser) throws IOException, InterruptedException {
    Path generated = Files.createDirectories(folder.resolve("generated"));
    Path log = folder.resolve("jazzer.log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx1g",
            "--add-modules=jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+EnableDynamicAgentLoading",
            "-D" + FuzzedParserTarget.PARSER + "=" + parser.id(),
            "-cp",
            System.getProperty("java.class.path"),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + FuzzedParserTarget.class.getName(),
            "--instrumentation_includes=io.github.attn4j.**:picocli.**",
            "--reproducer_path=" + folder,
            "-artifact_prefix=" + folder + "/",
            "-max_total_time=" + SECONDS,
            "-max_len=20000",
            "-rss_limit_mb=3000",
            generated.toString(),
            corpus(parser).toString()));
    Process jazzer =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertThat(jazzer.waitFor(Integer.parseInt(SECONDS) + 180L, TimeUnit.SECONDS))
          .as("Jazzer ends on %s: %s", parser, Files.readString(log))
          .isTrue();
    } finally {
      jazzer.destroyForcibly();
    }
    assertThat(jazzer.exitValue()).as(Files.readString(log)).isZero();
    assertThat(Files.readString(log)).contains("DONE");
  }
}
