package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.input.AttentionInputs;
import org.junit.jupiter.api.Test;

class CellSpecTest {
  private static CellSpec cell(CellSpec.Source source, int length) {
    return new CellSpec("opencl:naive", "opencl:0", source, 12, length, 32, true, 5);
  }

  @Test
  void aCellSurvivesTheWayIntoAFork() {
    CellSpec cell = cell(CellSpec.Source.MODEL, 512);
    assertThat(CellSpec.decode(cell.encode())).isEqualTo(cell);
    assertThatThrownBy(() -> CellSpec.decode("a/b")).hasMessageContaining("'a/b'");
  }

  @Test
  void theTwoInputSetsDiffer() {
    for (CellSpec.Source source : CellSpec.Source.values()) {
      AttentionInputs first = cell(source, 16).inputs(0);
      AttentionInputs second = cell(source, 16).inputs(1);
      assertThat(first.q()).isNotEqualTo(second.q());
      assertThat(first.q()).hasSize(12 * 16 * 32);
    }
  }

  @Test
  void aLongerLaunchMakesALongerCell() {
    CellSpec cell = cell(CellSpec.Source.NORMAL, 64);
    assertThat(CellRunner.predictedSeconds(cell, 2))
        .isGreaterThan(CellRunner.predictedSeconds(cell, 1));
    assertThat(CellRunner.predictedSeconds(cell, 0)).isBetween(1.0, 10.0);
  }
}
