package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.tuning.ConformanceGate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user's kernel in a session. */
class GivenKernelRunTest {
  private static final AttentionSpec SPEC = AttentionSpec.builder().heads(2).length(20).build();
  private static final KernelTemplate TEMPLATE = new KernelTemplate("my_variant");

  @TempDir private Path folder = Path.of("");

  private GivenKernel kernel(String text, String replacement) {
    return kernel(text, replacement, TEMPLATE.descriptor());
  }

  private GivenKernel kernel(String text, String replacement, String descriptor) {
    assertThat(TEMPLATE.source()).contains(text);
    try {
      Path file = TEMPLATE.sourceFile(folder);
      Files.writeString(file, TEMPLATE.source().replace(text, replacement));
      Files.writeString(TEMPLATE.descriptorFile(folder), descriptor);
      return GivenKernel.read(file, TEMPLATE.descriptorFile(folder));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Evaluation evaluate(
      OpenClSession session, GivenKernel kernel, AttentionSpec spec) {
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.POISON_NAN, 3);
    return Evaluator.evaluate(session, kernel, inputs, Expected.of(inputs));
  }

  @Test
  void theTemplateIsRightBehindAConditionToo() {
    AttentionSpec masked =
        SPEC.toBuilder().mask(Mask.expression(MaskExpression.parse("(k + p) % 3 != 0"))).build();
    try (OpenClSession session = TestDevices.openPreferred()) {
      GivenKernel kernel = kernel("", "");
      assertThat(evaluate(session, kernel, SPEC)).isInstanceOf(Evaluation.Passed.class);
      assertThat(evaluate(session, kernel, masked)).isInstanceOf(Evaluation.Passed.class);
    }
  }

  @Test
  void aLogHasTheFilesLinesAlsoBehindAPrologue() {
    AttentionSpec masked =
        SPEC.toBuilder().mask(Mask.expression(MaskExpression.parse("(k + p) % 3 != 0"))).build();
    String line = "  float l_i = 0.0f;";
    int number = (int) TEMPLATE.source().lines().takeWhile(one -> !one.startsWith(line)).count();
    GivenKernel kernel = kernel(line, "  float l_i = undeclared;");
    try (OpenClSession session = TestDevices.openPreferred()) {
      for (AttentionSpec spec : new AttentionSpec[] {SPEC, masked, SPEC}) {
        assertThat(evaluate(session, kernel, spec))
            .isInstanceOfSatisfying(
                Evaluation.BuildFailed.class,
                failed ->
                    assertThat(failed.log())
                        .startsWith(kernel.file() + " does not build on ")
                        .contains(kernel.file() + ":" + (number + 1) + ":")
                        .contains("-DGROUP_ITEMS="));
      }
    }
  }

  @Test
  void aFunctionOfOtherArgumentsIsRefusedByName() {
    GivenKernel kernel = kernel("__global float *restrict scratch, const", "const");
    try (OpenClSession session = TestDevices.openPreferred()) {
      assertThat(evaluate(session, kernel, SPEC))
          .isInstanceOfSatisfying(
              Evaluation.BuildFailed.class,
              failed ->
                  assertThat(failed.log())
                      .contains("my_variant of " + kernel.file() + " takes 8 arguments")
                      .contains("the same 9"));
      assertThat(session.allocatedBytes()).isZero();
    }
  }

  @Test
  @Tag("full")
  void theGateAsksAKernelWithoutGroupsOfHeadsWithoutThem() {
    String alone =
        TEMPLATE.descriptor().replace("\"groupedHeads\" : true", "\"groupedHeads\" : false");
    ConformanceGate gate = new ConformanceGate(SPEC.toBuilder().dim(8).build());
    try (OpenClSession session = TestDevices.openPreferred()) {
      GivenKernel right = kernel("", "", alone);
      Tuning tuning = right.defaultTuning(SPEC, session.device());
      assertThat(gate.refusal(session, right, tuning)).isEmpty();
      GivenKernel wrong = kernel("if (score > m_i) {", "if (key == row.range.x) {", alone);
      assertThat(gate.refusal(session, wrong, tuning))
          .hasValueSatisfying(refusal -> assertThat(refusal.wrong()).isTrue());
    }
  }

  @Test
  void placesInTheWholeProgramBecomePlacesInFiles() {
    String source =
        "int before;\n#line 1 \"my.cl\"\nint a;\n#line 1 \"it.clh\"\nint b;\n#line 3 \"my.cl\"\nint c;\n";
    assertThat(ProgramLines.inFiles("input.cl:7:5: error\n<kernel>:5:1: note", source))
        .isEqualTo("my.cl:3:5: error\nit.clh:1:1: note");
    assertThat(ProgramLines.inFiles("error: my.cl:3:5: no", source))
        .isEqualTo("error: my.cl:3:5: no");
    assertThat(ProgramLines.inFiles("input.cl:99:5: error", source))
        .isEqualTo("input.cl:99:5: error");
  }
}
