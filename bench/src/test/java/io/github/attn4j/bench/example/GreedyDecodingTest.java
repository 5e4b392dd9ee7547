package io.github.attn4j.bench.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.model.decoder.CacheForm;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What docs/decoder.md shows goes on from a prompt. */
class GreedyDecodingTest {
  @Test
  void aPromptIsGoneOnFrom() {
    Backends backends = new Backends();
    KernelVariant kernel = backends.kernel("java:flash");
    try (Session session =
        backends.backend(kernel.backend()).open(backends.deviceFor(kernel, null))) {
      int[] tokens =
          GreedyDecoding.generate(session, kernel, CacheForm.CONTIGUOUS, new int[] {3, 1, 4}, 12);
      assertThat(tokens).hasSize(12);
      assertThat(Arrays.stream(tokens).boxed()).allMatch(id -> id >= 0 && id < 1000);
      // Always the same token would be in the vocabulary, too, and the same again.
      assertThat(Arrays.stream(tokens).distinct().count()).isGreaterThan(3);
      assertThat(
              GreedyDecoding.generate(
                  session, kernel, CacheForm.CONTIGUOUS, new int[] {2, 7, 1}, 12))
          .isNotEqualTo(tokens);
      assertThat(tokens)
          .isEqualTo(
              GreedyDecoding.generate(
                  session, kernel, CacheForm.CONTIGUOUS, new int[] {3, 1, 4}, 12));
    }
  }
}
