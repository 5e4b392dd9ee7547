package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.shape.Mode;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.bench.shape.Storage;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.PageTables;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class CellSpecTest {
  private static final InputSource NORMAL = new InputSource(InputFamily.NORMAL);

  private static CellSpec cell(InputSource source, int length) {
    return new CellSpec(
        "opencl:naive", "opencl:0", source, Shape.square(12, length, 32, "causal"), 5);
  }

  @Test
  void aCellSurvivesTheWayIntoAFork() {
    CellSpec cell = cell(InputSource.MODEL, 512);
    assertThat(CellSpec.decode(cell.encode())).isEqualTo(cell);
    Shape odd = new Shape("a model, decode", 2, 8, 2, 1, 77, 24, 40, "window(9,0)", 1.5f);
    CellSpec decode = new CellSpec("java:flash", "java:0", NORMAL, odd, -1);
    assertThat(CellSpec.decode(decode.encode())).isEqualTo(decode);
    String mask = "k / 2 <= p % w && k < 9 where w=3&blocks(folder/a%20list.npy,64)";
    Shape written = odd.with(mask, "s / 2.0 + bias[h] where bias=b/c");
    CellSpec texts = new CellSpec("java:flash", "java:0", NORMAL, written, 3);
    assertThat(CellSpec.decode(texts.encode())).isEqualTo(texts);
    CellSpec condition =
        new CellSpec(
            "java:flash",
            "java:0",
            NORMAL,
            odd.withMask("hash(1, h, p / 64, k / 64) % 1000 < 20 || k + 1 < 4"),
            1);
    assertThat(CellSpec.decode(condition.encode())).isEqualTo(condition);
    assertThat(CellSpec.decode(condition.encode()).spec()).isEqualTo(condition.spec());
    Shape stored =
        new Shape(
            "",
            3,
            8,
            2,
            1,
            77,
            24,
            40,
            "full",
            0,
            "",
            Mode.DECODE,
            new Storage(ElementType.BF16, ElementType.F8E4M3, 32, -7, true));
    CellSpec paged = new CellSpec("java:flash", "java:0", NORMAL, stored, 5);
    assertThat(CellSpec.decode(paged.encode())).isEqualTo(paged);
    assertThat(CellSpec.decode(paged.encode()).spec()).isEqualTo(paged.spec());
    assertThatThrownBy(() -> CellSpec.decode("a/b")).hasMessageContaining("'a/b'");
  }

  @Test
  void pagesAreDrawnFromTheirSeed() {
    Shape shape = new Shape("", 2, 4, 2, 1, 100, 8, 8, "full", 0);
    Storage pages = Storage.PLAIN.onPages(16, 1);
    RowPlacement placement = shape.with(pages).spec().keyPlacement();
    assertThat(placement).isEqualTo(PageTables.shuffled(16, List.of(100, 100), 1));
    assertThat(shape.with(Storage.PLAIN.onPages(16, 2)).spec().keyPlacement())
        .isNotEqualTo(placement);
    assertThat(shape.with(pages.onPages(0, 1))).isEqualTo(shape);
    // What a prediction asks for: the same over fewer keys, on as few pages as hold them.
    assertThat(shape.with(pages).withKeys(33).spec().keySlots()).isLessThan(10);
  }

  @Test
  void theTwoInputSetsDiffer() {
    for (InputSource source : List.of(InputSource.MODEL, NORMAL)) {
      AttentionInputs first = cell(source, 16).inputs(0);
      AttentionInputs second = cell(source, 16).inputs(1);
      assertThat(first.q()).isNotEqualTo(second.q());
      assertThat(first.q()).hasSize(12 * 16 * 32);
    }
  }

  private static double predicted(CellSpec cell, double launchSeconds) {
    return CellRunner.predictedSeconds(cell, launchSeconds, OptionalDouble.empty());
  }

  @Test
  void aLongerLaunchMakesALongerCell() {
    CellSpec cell = cell(NORMAL, 64);
    assertThat(predicted(cell, 2)).isGreaterThan(predicted(cell, 1));
    assertThat(predicted(cell, 0)).isBetween(1.0, 10.0);
  }
}
