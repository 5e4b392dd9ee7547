package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.layer.LayerCase;
import io.github.attn4j.core.layer.LayerGrid;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The grid of layers notices mistakes that are easily made. */
class PlantedLayerBugTest {
  /** A mistake: a text of a kernel, and what stands there instead. */
  enum Bug {
    LAST_INPUT_LEFT_OUT(OpenClLayer.MATMUL, "k < inputs; k++", "k < inputs - 1; k++"),
    BIAS_LEFT_OUT(OpenClLayer.MATMUL, "acc[r][vector] += added;", ""),
    GELU_WITHOUT_SIGN(
        OpenClLayer.MATMUL,
        "copysign(erf_of_nonnegative(fabs(z) * (float16)(0.70710678f)), z)",
        "erf_of_nonnegative(fabs(z) * (float16)(0.70710678f))"),
    GELU_BY_TANH(
        OpenClLayer.MATMUL,
        "copysign(erf_of_nonnegative(fabs(z) * (float16)(0.70710678f)), z)",
        "tanh((float16)(0.79788456f) * (z + (float16)(0.044715f) * z * z * z))"),
    ROWS_PAST_THE_LAST_STORED(OpenClLayer.MATMUL, "if (row + r < end_row)", "if (row + r <= rows)"),
    COLUMNS_PAST_THE_LAST_STORED(
        OpenClLayer.MATMUL, "if (column + LANES <= outputs)", "if (column < outputs)"),
    PANEL_WITHOUT_ITS_BIAS_ROW(
        OpenClLayer.MATMUL, "(long)first_column * (inputs + 1)", "(long)first_column * inputs"),
    RESIDUAL_LEFT_OUT_OF_THE_MEAN(
        OpenClLayer.LAYER_NORM,
        "sums += added(x, residual, has_residual, c);",
        "sums += vload16(0, x + c);"),
    EPSILON_LEFT_OUT(OpenClLayer.LAYER_NORM, "/ columns + epsilon)", "/ columns)"),
    VARIANCE_OF_ONE_LESS(
        OpenClLayer.LAYER_NORM,
        "(sum_of(sums) + rest) / columns + epsilon",
        "(sum_of(sums) + rest) / max(columns - 1, 1) + epsilon"),
    TAIL_WITHOUT_BETA(
        OpenClLayer.LAYER_NORM,
        "fma((s - mean) * inverse, gamma[c], beta[c])",
        "(s - mean) * inverse * gamma[c]"),
    TYPES_LEFT_OUT(OpenClLayer.EMBEDDING, "value = has_types ? value + type[c] : value;", ""),
    POSITION_OF_THE_WORD(
        OpenClLayer.EMBEDDING, "(long)position_of[row] * columns", "(long)row * columns"),
    TURNED_THE_OTHER_WAY(
        OpenClLayer.ROTARY, "a * turn[d] - b * turn[d + 1]", "a * turn[d] + b * turn[d + 1]"),
    TURNED_TWICE(OpenClLayer.ROTARY, "float b = head[d + 1];", "float b = head[d];"),
    STRIDE_OF_PACKED_ROWS(OpenClLayer.ROTARY, "(long)row * row_stride", "(long)row * heads * dim"),
    COLUMNS_TAIL_LEFT_OUT(
        OpenClLayer.UNEMBEDDING, "sum_of(acc[r][w]) + rest[r][w]", "sum_of(acc[r][w])"),
    WORDS_PAST_THE_LAST_STORED(
        OpenClLayer.UNEMBEDDING,
        "first_row + r < rows && first_word + w < vocabulary",
        "first_row + r < rows");

    private final OpenClLayer layer;
    private final String text;
    private final String mistake;

    Bug(OpenClLayer layer, String text, String mistake) {
      this.layer = layer;
      this.text = text;
      this.mistake = mistake;
    }
  }

  @ParameterizedTest
  @EnumSource(Bug.class)
  @Tag("exhaustive")
  void theGridNotices(Bug bug) {
    try (OpenClSession session =
        TestDevices.openPreferred(file ->
            file.equals(bug.layer.file())
                ? KernelSource.load(file).replace(bug.text, bug.mistake)
                : KernelSource.load(file))) {
      boolean noticed = false;
      for (LayerCase one : LayerGrid.cases(bug.layer.id())) {
        noticed |= !one.check(session.layers()).passed();
      }
      assertThat(noticed).isTrue();
    }
  }

  @Test
  void theTextsAreStillThere() {
    for (Bug bug : Bug.values()) {
      assertThat(KernelSource.load(bug.layer.file())).as(bug.name()).contains(bug.text);
    }
  }
}
