package io.github.attn4j.bench.cli;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import java.util.ArrayList;
import java.util.List;

/** Says which of a user's tensors hold NaN or infinity, and where: that is seldom meant. */
final class NonFinite {
  private NonFinite() {}

  /** A line for each tensor that does; they lie as files have them, [B, H, S, D]. */
  static List<String> lines(AttentionInputs inputs) {
    AttentionSpec spec = inputs.spec();
    List<String> lines = new ArrayList<>();
    add(lines, "Q", inputs.q(), spec.q(), spec.queryHeads(), spec.queryLength(), spec.headDim());
    add(lines, "K", inputs.k(), spec.k(), spec.kvHeads(), spec.kvLength(), spec.headDim());
    add(lines, "V", inputs.v(), spec.v(), spec.kvHeads(), spec.kvLength(), spec.valueDim());
    return lines;
  }

  private static void add(
      List<String> lines,
      String name,
      float[] values,
      Layout layout,
      int heads,
      int rows,
      int columns) {
    int count = 0;
    int first = -1;
    for (int i = values.length - 1; i >= 0; i--) {
      if (!Float.isFinite(values[i])) {
        count++;
        first = i;
      }
    }
    if (count > 0) {
      long element = first - layout.offset();
      lines.add(
          "%s holds %d of %d values that are not finite, the first %s at [b %d, h %d, s %d, d %d]; rows of O that see one are not finite either, in the reference as in every kernel (docs/semantics.md)"
              .formatted(
                  name,
                  count,
                  values.length,
                  values[first],
                  element / ((long) heads * rows * columns),
                  element / ((long) rows * columns) % heads,
                  element / columns % rows,
                  element % columns));
    }
  }
}
