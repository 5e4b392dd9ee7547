package io.github.attn4j.bench.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.model.EncoderReader;
import io.github.attn4j.testing.Required;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Passages of a book, each row of each head of which is held to the budget of its LSE. */
@Tag("exhaustive")
class ManyTextsTest {
  private static final int PASSAGES = 40;

  @ParameterizedTest
  @ValueSource(strings = {"java:flash", "opencl:flash_query_lanes"})
  void rowsOfAnyTextAddUp(String id) throws IOException {
    Backends backends = new Backends();
    KernelVariant kernel = backends.kernel(id);
    if (backends.backend(kernel.backend()).devices().isEmpty()) {
      Required.abort(kernel.backend(), "no device for " + id);
    }
    String[] words = book().split("\\s+", -1);
    double worst = 0;
    long rows = 0;
    long beyond = 0;
    try (Session session =
            backends.backend(kernel.backend()).open(backends.deviceFor(kernel, null));
        EncoderReader model = EncoderReader.load(session, kernel)) {
      for (int passage = 0; passage < PASSAGES; passage++) {
        int from = passage * 1000 % (words.length - 100);
        int count = 3 + passage * 7 % 60;
        String text = String.join(" ", Arrays.copyOfRange(words, from, from + count));
        for (LayerPattern layer : TextPatterns.of(model, text).layers()) {
          for (HeadPattern head : layer.heads()) {
            for (Scores scores : new Scores[] {head.full(), head.causal()}) {
              for (int query = 0; query < scores.tokens(); query++) {
                double error = scores.rowError(query);
                assertThat(error)
                    .as("%s, layer %d, %s", text, layer.layer(), head.head())
                    .isNotNaN();
                worst = Math.max(worst, error);
                rows++;
                beyond += error > 1e-5 ? 1 : 0;
              }
            }
          }
        }
      }
    }
    System.out.printf(
        "%s: %,d rows, %,d beyond 1e-5, the worst off by %.2e%n", id, rows, beyond, worst);
    assertThat(worst).isPositive().isLessThan(2e-5);
    assertThat((double) beyond / rows).isLessThan(1e-4);
  }

  private static String book() throws IOException {
    try (InputStream stream = EncoderReader.class.getResourceAsStream("alice-in-wonderland.txt")) {
      if (stream == null) {
        throw new IOException("the class path has no alice-in-wonderland.txt");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
