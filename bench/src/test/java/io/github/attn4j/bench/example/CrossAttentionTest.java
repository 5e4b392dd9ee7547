package io.github.attn4j.bench.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.model.CapturedProjections;
import io.github.attn4j.model.EncoderReader;
import io.github.attn4j.testing.Required;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cross-attention over real queries, keys and values. */
@Tag("full")
class CrossAttentionTest {
  private static final Backends BACKENDS = new Backends();
  private static final String ASKING = "Why did the animal not cross the street?";
  private static final String ANSWERING = "It was too tired, and the street was wide and wet.";

  @ParameterizedTest
  @ValueSource(strings = {"java:flash", "opencl:flash_query_lanes"})
  void everyQuerySpreadsItselfOverTheOtherText(String kernelId) {
    KernelVariant kernel = BACKENDS.kernel(kernelId);
    if (BACKENDS.backend(kernel.backend()).devices().isEmpty()) {
      Required.abort(kernel.backend(), "no device for " + kernelId);
    }
    try (Session session =
            BACKENDS.backend(kernel.backend()).open(BACKENDS.deviceFor(kernel, null));
        EncoderReader model = EncoderReader.load(session, kernel)) {
      CapturedProjections ofQuestion = firstLayer(model, ASKING);
      CapturedProjections ofAnswer = firstLayer(model, ANSWERING);
      AttentionInputs inputs = CrossAttention.across(ofQuestion, ofAnswer);
      AttentionSpec spec = inputs.spec();
      assertThat(spec.queryLength()).isEqualTo(11).isNotEqualTo(spec.kvLength());
      AttentionOutput output = CrossAttention.compute(session, kernel, inputs);
      Comparison comparison = Expected.of(inputs).compare(output);
      assertThat(comparison.passed()).as("%s", comparison.worst()).isTrue();

      // Each row is an average of the other text's values: within their range in every column.
      for (int h = 0; h < spec.queryHeads(); h++) {
        for (int d = 0; d < spec.valueDim(); d++) {
          float least = Float.POSITIVE_INFINITY;
          float most = Float.NEGATIVE_INFINITY;
          for (int k = 0; k < spec.kvLength(); k++) {
            float value = ofAnswer.v()[(h * spec.kvLength() + k) * spec.valueDim() + d];
            least = Math.min(least, value);
            most = Math.max(most, value);
          }
          for (int q = 0; q < spec.queryLength(); q++) {
            assertThat(output.o()[spec.outputRow(0, h, q) + d])
                .isBetween(least - 1e-5f, most + 1e-5f);
          }
        }
      }

      // The asking text's own keys would give something else.
      AttentionInputs own = CrossAttention.across(ofQuestion, ofQuestion);
      AttentionOutput alone = CrossAttention.compute(session, kernel, own);
      assertThat(Expected.of(inputs).compareOutput(alone.o()).passed()).isFalse();
    }
  }

  private static CapturedProjections firstLayer(EncoderReader model, String text) {
    return model.read(text, false).layers().getFirst().projections();
  }
}
