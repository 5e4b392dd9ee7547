package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.PageTables;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.run.CacheGrid;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.QuickGrid;
import io.github.attn4j.core.run.TypeGrid;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code java:flash} over types and placements: nothing is compiled for them, so all are asked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StorageGridTest {
  private final JavaBackend backend = new JavaBackend();
  private Session session;

  @BeforeAll
  void open() {
    session = backend.open(backend.devices().getFirst());
  }

  @AfterAll
  void close() {
    session.close();
  }

  @Test
  void computesEveryTypeWithinBudget() {
    requireAllRight(TypeGrid.small(1));
  }

  @Test
  void computesEveryPlacementWithinBudget() {
    requireAllRight(CacheGrid.quick(1));
  }

  @ParameterizedTest
  @Tag("full")
  @EnumSource(
      value = ElementType.class,
      names = {"F16", "BF16"})
  void computesTheQuickGridInOtherTypes(ElementType type) {
    requireAllRight(TypeGrid.of(QuickGrid.cases(1), type, type));
  }

  @Test
  @Tag("exhaustive")
  void computesEveryTypeInEveryPlacementWithinBudget() {
    requireAllRight(CacheGrid.full(1));
  }

  private void requireAllRight(List<GridCase> cases) {
    List<String> wrong =
        cases.stream()
            .map(each -> {
              AttentionInputs inputs = each.inputs();
              Evaluation evaluation =
                  Evaluator.evaluate(session, JavaKernel.FLASH, inputs, Expected.of(inputs));
              return evaluation instanceof Evaluation.Passed
                  ? ""
                  : "%s (%s): %s".formatted(each.name(), each.spec().label(), evaluation);
            })
            .filter(report -> !report.isEmpty())
            .toList();
    assertThat(wrong).isEmpty();
    assertThat(cases).hasSizeGreaterThan(20);
  }

  /** Inputs of float32 are used where they lie; others must be converted again. */
  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"F32", "F16", "BF16"})
  void changedQueriesAreSeen(ElementType type) {
    AttentionSpec spec = AttentionSpec.builder().length(40).dim(24).storage(type).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
    AttentionInputs others = AttentionInputs.generate(spec, InputFamily.NORMAL, 2);
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel kernel = session.prepare(JavaKernel.FLASH, staged)) {
      kernel.run();
      AttentionOutput before = kernel.read();
      int from = 7 * 24;
      System.arraycopy(others.q(), from, inputs.q(), from, 24);
      staged.refreshQueries(from, 24);
      kernel.run();
      AttentionOutput after = kernel.read();
      assertThat(Expected.of(inputs).compare(after).passed()).isTrue();
      assertThat(Arrays.mismatch(before.o(), after.o())).isBetween(from, from + 23);
      assertThat(Arrays.copyOfRange(after.o(), from + 24, after.o().length))
          .isEqualTo(Arrays.copyOfRange(before.o(), from + 24, before.o().length));
    }
  }

  /** Tiles of floats come where K and V are converted, and only there. */
  @Test
  void convertedTilesTakeScratch() {
    AttentionSpec plain = AttentionSpec.builder().length(40).dims(24, 16).build();
    AttentionSpec onPages =
        plain.toBuilder().keyPlacement(PageTables.inOrder(16, plain.keyLengths())).build();
    long tiles = JavaBackend.threads() * 4L * FlashTile.KEYS * (24 + 16);
    assertThat(scratch(plain.toBuilder().queryType(ElementType.F16).build()))
        .isEqualTo(scratch(plain));
    assertThat(scratch(plain.toBuilder().keyValueType(ElementType.I8).build()))
        .isEqualTo(scratch(plain) + tiles);
    assertThat(scratch(onPages)).isEqualTo(scratch(plain) + tiles);
  }

  private long scratch(AttentionSpec spec) {
    return JavaKernel.FLASH.scratchBytes(spec, session.device(), Tuning.NONE);
  }

  /** The formula that says beforehand what a thread needs. */
  @Test
  void scratchIsAsLongAsAnnounced() {
    for (GridCase each : CacheGrid.quick(1)) {
      AttentionInputs inputs = each.inputs();
      try (StagedInputs staged = session.stage(inputs);
          PreparedKernel kernel = session.prepare(JavaKernel.FLASH, staged)) {
        assertThat(kernel.scratchBytes())
            .as(each.spec().label())
            .isEqualTo(
                JavaKernel.FLASH.scratchBytes(each.spec(), session.device(), kernel.tuning()));
      }
    }
  }
}
