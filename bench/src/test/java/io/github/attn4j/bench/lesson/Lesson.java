package io.github.attn4j.bench.lesson;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** What lessons share: kernels, a run of one, and the pages that show what came out. */
final class Lesson {
  static final Backends BACKENDS = new Backends();

  private Lesson() {}

  /** Every kernel of the JVM and of OpenCL, where there is a device. */
  static Stream<String> kernels() {
    return Stream.of("java", "opencl")
        .filter(id -> !BACKENDS.backend(id).devices().isEmpty())
        .flatMap(id -> BACKENDS.backend(id).kernels().stream())
        .map(KernelVariant::globalId);
  }

  /** Runs a kernel; the rest of the test is skipped with its reason where it cannot. */
  static AttentionOutput run(String kernelId, AttentionInputs inputs) {
    KernelVariant kernel = BACKENDS.kernel(kernelId);
    Assumptions.assumeFalse(
        BACKENDS.backend(kernel.backend()).devices().isEmpty(), "no device of " + kernel.backend());
    try (Session session =
        BACKENDS.backend(kernel.backend()).open(BACKENDS.deviceFor(kernel, null))) {
      if (kernel.supports(inputs.spec(), session.device()) instanceof Support.No no) {
        Assumptions.abort(kernelId + ": " + no.reason());
      }
      try (StagedInputs staged = session.stage(inputs);
          PreparedKernel prepared = session.prepare(kernel, staged)) {
        prepared.run();
        return prepared.read();
      }
    }
  }

  /** Weight of a pair of one batch: e to the score less the LSE that the kernel gave. */
  static double weight(AttentionInputs inputs, AttentionOutput output, int h, int q, int k) {
    AttentionSpec spec = inputs.spec();
    if (!spec.visible(0, h, q, k)) {
      return 0;
    }
    return Math.exp(score(inputs, h, q, k) - output.lse()[spec.lseIndex(0, h, q)]);
  }

  static double score(AttentionInputs inputs, int h, int q, int k) {
    AttentionSpec spec = inputs.spec();
    int queryRow = spec.queryRow(0, h, q);
    int keyRow = spec.keyRow(0, spec.kvHead(h), k);
    double sum = 0;
    for (int d = 0; d < spec.headDim(); d++) {
      sum += (double) inputs.q()[queryRow + d] * inputs.k()[keyRow + d];
    }
    return spec.scale() * sum;
  }

  /** A page's lines. */
  static List<String> page(String name) {
    try {
      return Files.readAllLines(
          Path.of(System.getProperty("basedir", "")).resolve("../docs").resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("no page " + name, e);
    }
  }
}
