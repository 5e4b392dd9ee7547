package io.github.attn4j.bench.cli;

import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How much of each problem a mask leaves: a check of nothing must not look like one. */
final class VisiblePairs {
  private VisiblePairs() {}

  /**
   * A line of shares; and one more where the mask hides no pair of any problem, or all, or is
   * causal over all of them.
   */
  static List<String> lines(List<GridCase> cases) {
    Map<String, AttentionSpec> specs = new LinkedHashMap<>();
    cases.forEach(one -> specs.putIfAbsent(one.name(), one.spec()));
    List<String> lines = new ArrayList<>();
    lines.add(
        specs.entrySet().stream()
            .map(one -> "%s %s".formatted(one.getKey(), share(one.getValue())))
            .collect(Collectors.joining(", ", "visible pairs: ", "")));
    List<AttentionSpec> all = List.copyOf(specs.values());
    Mask mask = all.getFirst().mask();
    if (all.stream().allMatch(spec -> spec.visiblePairs() == 0)) {
      lines.add(
          "note: no problem has a visible pair, so only empty rows are checked; try another --n");
    } else if (!(mask instanceof Mask.None)
        && all.stream().allMatch(spec -> spec.visiblePairs() == pairs(spec))) {
      lines.add(
          "note: every pair of every problem is visible, as without a mask; try a larger --n");
    } else if (all.getFirst().canonicalMask().expression() != null
        && all.stream().allMatch(VisiblePairs::isCausal)) {
      lines.add("note: in every problem the mask is the same as causal; try a larger --n");
    }
    return lines;
  }

  private static String share(AttentionSpec spec) {
    return "%,d of %,d".formatted(spec.visiblePairs(), pairs(spec));
  }

  private static long pairs(AttentionSpec spec) {
    long keys = spec.keyLengths().stream().mapToLong(Integer::longValue).sum();
    return keys * spec.queryLength() * spec.queryHeads();
  }

  /** As many visible pairs as causal has, and as many where both must show a pair. */
  private static boolean isCausal(AttentionSpec spec) {
    long visible = spec.visiblePairs();
    AttentionSpec causal = spec.toBuilder().mask(Mask.causal()).build();
    AttentionSpec both = spec.toBuilder().mask(spec.mask().and(Mask.causal())).build();
    return visible == causal.visiblePairs() && visible == both.visiblePairs();
  }
}
