package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FlashTest {
  private final JavaBackend backend = new JavaBackend();
  private Session session;

  @BeforeAll
  void open() {
    session = backend.open(backend.devices().get(0));
  }

  @AfterAll
  void close() {
    session.close();
  }

  @ParameterizedTest
  @EnumSource(InputFamily.class)
  void agreesWithTheOracleOnEveryChosenSpec(InputFamily family) {
    for (AttentionSpec spec : SpecGrid.chosen()) {
      requirePassed(AttentionInputs.generate(spec, family, 11));
    }
  }

  @Test
  void agreesWithTheOracleOnRandomSpecs() {
    requireRandomSpecsPass(0, 150);
  }

  @Test
  @Tag("full")
  void agreesWithTheOracleOnManyRandomSpecs() {
    requireRandomSpecsPass(150, 3000);
  }

  private void requireRandomSpecsPass(int from, int to) {
    InputFamily[] families = InputFamily.values();
    for (int seed = from; seed < to; seed++) {
      requirePassed(
          AttentionInputs.generate(SpecGrid.random(seed), families[seed % families.length], seed));
    }
  }

  private void requirePassed(AttentionInputs inputs) {
    Evaluation evaluation =
        Evaluator.evaluate(session, JavaKernel.FLASH, inputs, Expected.of(inputs));
    assertThat(evaluation)
        .as("%s, %s: %s", inputs.spec(), inputs.description(), evaluation)
        .isInstanceOf(Evaluation.Passed.class);
  }

  @Test
  void aPoisonedKeySpoilsOnlyTheRowsThatSeeIt() {
    AttentionSpec spec =
        AttentionSpec.builder().length(100).dims(16, 11).mask(Mask.causal()).build();
    for (float poison : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      for (boolean inValues : new boolean[] {false, true}) {
        AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
        float[] target = inValues ? inputs.v() : inputs.k();
        int columns = inValues ? 11 : 16;
        Arrays.fill(target, 70 * columns, 71 * columns, poison);
        requirePassed(inputs);
        AttentionOutput output = run(inputs);
        for (int i = 0; i < 100; i++) {
          for (int d = 0; d < 11; d++) {
            assertThat(Float.isFinite(output.o()[i * 11 + d])).isEqualTo(i < 70);
          }
        }
      }
    }
  }

  /** tanh of an infinite score is 1 or -1: rows that see it stay finite, and are checked. */
  @Test
  void aSoftCapMakesInfiniteScoresFinite() {
    AttentionSpec spec =
        AttentionSpec.builder().length(100).dims(16, 11).softCap(5).mask(Mask.causal()).build();
    for (float infinity : new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      for (boolean inQueries : new boolean[] {false, true}) {
        AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
        (inQueries ? inputs.q() : inputs.k())[70 * 16 + 3] = infinity;
        requirePassed(inputs);
        for (float lse : run(inputs).lse()) {
          assertThat(lse).isFinite();
        }
      }
    }
  }

  @Test
  void aNanOfAnyPayloadInAVisibleKeyMakesTheRowNan() {
    AttentionSpec spec = AttentionSpec.builder().length(40).dim(8).build();
    for (int bits : new int[] {0x7fc00000, 0x7fc00001, 0xffffffff, 0x7fc000ff, 0xffc00100}) {
      AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
      inputs.k()[5 * 8 + 3] = Float.intBitsToFloat(bits);
      AttentionOutput output = run(inputs);
      for (float element : output.o()) {
        assertThat(element).isNaN();
      }
      for (float element : output.lse()) {
        assertThat(element).isNaN();
      }
    }
  }

  @Test
  void rowsWithoutAVisibleKeyAreZeroWithLogSumExpMinusInfinity() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .lengths(50, 20)
            .dim(9)
            .keyLengths(List.of(20, 0))
            .mask(Mask.causal())
            .build();
    AttentionOutput output = run(AttentionInputs.generate(spec, InputFamily.POISON_NAN, 1));
    for (int row = 0; row < 100; row++) {
      boolean empty = row < 30 || row >= 50;
      assertThat(output.lse()[row] == Float.NEGATIVE_INFINITY).isEqualTo(empty);
      for (int d = 0; d < 9; d++) {
        assertThat(output.o()[row * 9 + d] == 0).isEqualTo(empty);
      }
    }
  }

  @Test
  void aRowOfTheLargestNegativeBiasesIsNotMasked() {
    float[] biases = new float[10 * 30];
    Arrays.fill(biases, -Float.MAX_VALUE);
    AttentionSpec spec =
        AttentionSpec.builder()
            .lengths(10, 30)
            .dim(8)
            .mask(new Mask.DenseAdditive(DenseMask.ofFloats(1, 1, 10, 30, biases)))
            .build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.CONSTANT, 1);
    requirePassed(inputs);
    AttentionOutput output = run(inputs);
    assertThat(output.o()).containsOnly(1f);
    assertThat(output.lse()).containsOnly(-Float.MAX_VALUE);
  }

  @Test
  void gapsOfTheOutputStayUntouched() {
    Layout padded = Layout.padded(3, 37, 21, 5, 4, 2);
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .heads(3)
            .length(37)
            .dim(21)
            .layouts(Layout.bhsd(3, 37, 21), Layout.bhsd(3, 37, 21), Layout.bhsd(3, 37, 21), padded)
            .build();
    AttentionOutput output = run(AttentionInputs.generate(spec, InputFamily.NORMAL, 1));
    BitSet written = new BitSet();
    for (int b = 0; b < 2; b++) {
      for (int h = 0; h < 3; h++) {
        for (int i = 0; i < 37; i++) {
          int row = (int) padded.row(b, h, i);
          written.set(row, row + 21);
        }
      }
    }
    assertThat(written.cardinality()).isLessThan(output.o().length);
    for (int index = 0; index < output.o().length; index++) {
      assertThat(Float.isNaN(output.o()[index])).isEqualTo(!written.get(index));
    }
  }

  @Test
  void aSecondRunWritesEverythingAnew() {
    AttentionInputs inputs =
        AttentionInputs.generate(
            AttentionSpec.builder().heads(2).length(70).dim(20).build(), InputFamily.NORMAL, 4);
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel kernel = session.prepare(JavaKernel.FLASH, staged)) {
      assertThat(kernel.read().o()).containsOnly(Float.NaN);
      kernel.run();
      AttentionOutput first = kernel.read();
      kernel.clearOutput();
      assertThat(kernel.read().lse()).containsOnly(Float.NaN);
      kernel.run();
      assertThat(kernel.read().o()).isEqualTo(first.o());
      assertThat(kernel.read().lse()).isEqualTo(first.lse());
    }
  }

  private AttentionOutput run(AttentionInputs inputs) {
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel kernel = session.prepare(JavaKernel.FLASH, staged)) {
      kernel.run();
      return kernel.read();
    }
  }
}
