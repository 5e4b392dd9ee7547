package io.github.attn4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.jvm.JavaKernel;
import io.github.attn4j.opencl.OpenClBackend;
import io.github.attn4j.opencl.OpenClKernel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sentences a second beside ONNX Runtime's, in turns of one run, on as many threads: batches of 32
 * texts that are padded to the longest on both sides. Prints medians and spread.
 */
@Tag("exhaustive")
class EncoderThroughputTest {
  private static final int BATCH = 32;
  private static final int TURNS = 9;
  private static final int WARM_UP = 3;

  /** What one side does with a batch. */
  private interface Side {
    void encode(List<int[]> ids) throws Exception;
  }

  @ParameterizedTest
  @ValueSource(strings = {"java", "opencl"})
  void isAtLeastHalfOfOnnxRuntimes(String id) throws Exception {
    Backend backend = id.equals("java") ? new JavaBackend() : new OpenClBackend();
    KernelVariant kernel = id.equals("java") ? JavaKernel.FLASH : OpenClKernel.FLASH_QUERY_LANES;
    Assumptions.assumeFalse(
        backend.devices().isEmpty(), () -> String.join("; ", backend.missing()));
    DeviceInfo device = backend.devices().getFirst();
    int threads = Runtime.getRuntime().availableProcessors();
    try (Session session = backend.open(device, Tunings.OF_THE_KERNELS);
        EncoderModel model = EncoderModel.load(session, kernel);
        OnnxEncoder onnx = new OnnxEncoder(threads, java.util.Set.of())) {
      for (int tokens : new int[] {16, 64, 128}) {
        List<int[]> ids = batch(tokens);
        List<Double> ours = new ArrayList<>();
        List<Double> theirs = new ArrayList<>();
        for (int turn = -WARM_UP; turn < TURNS; turn++) {
          double own = rate(ids, batch -> model.encode(batch, EncoderTap.NONE));
          double other = rate(ids, onnx::run);
          if (turn >= 0) {
            ours.add(own);
            theirs.add(other);
          }
        }
        double ratio = median(ours) / median(theirs);
        System.out.printf(
            Locale.ROOT,
            "%s, %d texts of %d to %d tokens, %d threads: %s, ONNX Runtime %s sentences/s, ratio %.2f%n",
            kernel.globalId(),
            BATCH,
            tokens / 2,
            tokens,
            threads,
            spread(ours),
            spread(theirs),
            ratio);
        assertThat(ratio).isGreaterThanOrEqualTo(0.5);
      }
    }
  }

  /** Texts of half to all of so many tokens. */
  private static List<int[]> batch(int tokens) {
    List<int[]> ids = new ArrayList<>();
    for (int text = 0; text < BATCH; text++) {
      int[] own = new int[tokens - tokens / 2 * (BATCH - 1 - text) / (BATCH - 1)];
      Arrays.setAll(own, i -> 2000 + (i * 37) % 9000);
      own[0] = WordPieceTokenizer.START_OF_WINDOW;
      own[own.length - 1] = WordPieceTokenizer.END_OF_WINDOW;
      ids.add(own);
    }
    return ids;
  }

  private static double rate(List<int[]> ids, Side side) throws Exception {
    long start = System.nanoTime();
    side.encode(ids);
    return ids.size() / (1e-9 * (System.nanoTime() - start));
  }

  private static double median(List<Double> rates) {
    return rates.stream().sorted().toList().get(rates.size() / 2);
  }

  private static String spread(List<Double> rates) {
    List<Double> sorted = rates.stream().sorted().toList();
    return "%.0f (%.0f to %.0f)"
        .formatted(
            median(rates), sorted.get(sorted.size() / 10), sorted.get(sorted.size() * 9 / 10));
  }
}
