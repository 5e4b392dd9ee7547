package io.github.attn4j.tornado;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.QuickGrid;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The quick grid with the oracle's answers, which every kernel and every planted bug shares. */
final class GridRun {
  static final List<GridCase> CASES = ofQuickGrid(false);

  /** Masks and scores as expressions, which these kernels have no code for. */
  static final List<GridCase> EXPRESSIONS = ofQuickGrid(true);

  private static final Map<GridCase, Expected> EXPECTED = new ConcurrentHashMap<>();

  private GridRun() {}

  private static List<GridCase> ofQuickGrid(boolean expressions) {
    return QuickGrid.cases(1).stream()
        .filter(gridCase ->
            Support.withoutExpressions(gridCase.spec()) instanceof Support.No == expressions)
        .toList();
  }

  static Expected expected(GridCase gridCase, AttentionInputs inputs) {
    return EXPECTED.computeIfAbsent(gridCase, key -> Expected.of(inputs));
  }

  static String describe(GridCase gridCase) {
    return "%s (%s, %s)"
        .formatted(gridCase.name(), gridCase.spec().label(), gridCase.family().label());
  }
}
