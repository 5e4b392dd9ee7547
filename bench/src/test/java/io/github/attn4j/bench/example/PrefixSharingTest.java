package io.github.attn4j.bench.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.example.PrefixSharing.Worker;
import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What docs/cascade.md shows does what the page says. */
class PrefixSharingTest {
  private static final Backends BACKENDS = new Backends();

  private static Session open(KernelVariant kernel) {
    Assumptions.assumeFalse(
        BACKENDS.backend(kernel.backend()).devices().isEmpty(), "no device of " + kernel.backend());
    return BACKENDS.backend(kernel.backend()).open(BACKENDS.deviceFor(kernel, null));
  }

  @ParameterizedTest
  @CsvSource({
    "java:flash, java:flash, 1",
    "java:flash, java:flash, 3",
    "opencl:flash_query_lanes, opencl:flash_split_kv, 1"
  })
  void aPrefixComputedOnceMergesToEachSequencesOwnAttention(
      String forPrefix, String forOwn, int queries) {
    SharedKeys keys = SharedKeys.draw(4, 2, 64, queries, 70, List.of(9, 3, 20, 5));
    KernelVariant prefixKernel = BACKENDS.kernel(forPrefix);
    try (Session session = open(prefixKernel)) {
      AttentionOutput prefix = new Worker(session, prefixKernel).compute(keys.prefix());
      AttentionOutput own = new Worker(session, BACKENDS.kernel(forOwn)).compute(keys.own());
      Expected expected = Expected.of(keys.whole());
      AttentionOutput merged = PrefixSharing.merged(keys.own().spec(), prefix, own);
      requirePassed(expected, merged);
      assertThat(expected.compare(own).passed()).as("without the prefix").isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"F32", "I8", "F8E4M3"})
  void keysSplitOverWorkersMergeToTheWhole(ElementType type) {
    AttentionInputs inputs =
        AttentionInputs.generate(
            AttentionSpec.builder()
                .batch(2)
                .heads(4, 2)
                .lengths(30, 100)
                .dim(64)
                .keyLengths(List.of(100, 20))
                .keyValueType(type)
                .mask(Mask.window(40, 0))
                .build(),
            InputFamily.NORMAL,
            2);
    KernelVariant kernel = BACKENDS.kernel("java:flash");
    try (Session first = open(kernel);
        Session second = open(kernel);
        Session third = open(kernel)) {
      List<Worker> workers =
          List.of(new Worker(first, kernel), new Worker(second, kernel), new Worker(third, kernel));
      requirePassed(Expected.of(inputs), PrefixSharing.split(workers, inputs));
    }
  }

  @Test
  void theDrawnSequencesShareTheirPrefixAndNothingElse() {
    SharedKeys keys = SharedKeys.draw(2, 1, 8, 1, 5, List.of(4, 2));
    float[] k = keys.whole().k();
    int sequence = 9 * 8;
    float[] first = Arrays.copyOfRange(k, 0, sequence);
    float[] second = Arrays.copyOfRange(k, sequence, 2 * sequence);
    assertThat(Arrays.mismatch(first, second)).isEqualTo(5 * 8);
    assertThat(keys.prefixKeys()).containsExactly(Arrays.copyOf(first, 5 * 8));
    assertThat(keys.own().k()).startsWith(Arrays.copyOfRange(first, 5 * 8, sequence));
    assertThat(keys.own().k()).endsWith(Arrays.copyOfRange(second, 5 * 8, sequence));
  }

  private static void requirePassed(Expected expected, AttentionOutput output) {
    Comparison comparison = expected.compare(output);
    assertThat(comparison.passed()).as("%s", comparison.worst()).isTrue();
  }
}
