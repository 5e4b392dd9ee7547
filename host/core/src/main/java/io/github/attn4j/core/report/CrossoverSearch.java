package io.github.attn4j.core.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Finds where fused kernels overtake those whose scores go through memory. */
public final class CrossoverSearch {
  private CrossoverSearch() {}

  /** What is compared: both kernels on one device, over one family of shapes. */
  private record Field(String input, String family, String deviceId) {}

  /** The best of either kind on one context. */
  private record Pair(int length, BenchCell fused, BenchCell keeping) {
    /** Above 0 where the fused one wins. */
    double logAdvantage() {
      return Math.log(nanos(keeping) / nanos(fused));
    }
  }

  /**
   * One for each device, input and family on which kernels of both kinds were measured on one
   * context at least.
   */
  public static List<Crossover> of(List<BenchCell> cells, List<KernelTraits> kernels) {
    Set<String> keeping =
        kernels.stream()
            .filter(KernelTraits::keepsScores)
            .map(KernelTraits::kernel)
            .collect(Collectors.toSet());
    Map<Field, NavigableMap<Integer, List<BenchCell>>> fields = new LinkedHashMap<>();
    Families families = new Families(cells);
    for (BenchCell cell : cells) {
      if (cell.measurement() != null && cell.model().isEmpty()) {
        fields
            .computeIfAbsent(
                new Field(cell.input(), families.of(cell), cell.deviceId()),
                field -> new TreeMap<>())
            .computeIfAbsent(cell.keyLength(), length -> new ArrayList<>())
            .add(cell);
      }
    }
    List<Crossover> found = new ArrayList<>();
    fields.forEach((field, byLength) -> {
      List<Pair> pairs = pairs(byLength, keeping);
      if (!pairs.isEmpty()) {
        found.add(crossover(field, pairs));
      }
    });
    return found;
  }

  private static List<Pair> pairs(Map<Integer, List<BenchCell>> byLength, Set<String> keeping) {
    List<Pair> pairs = new ArrayList<>();
    byLength.forEach((length, cells) -> {
      Map<Boolean, List<BenchCell>> kinds =
          cells.stream().collect(Collectors.partitioningBy(c -> keeping.contains(c.kernel())));
      List<BenchCell> fused = kinds.getOrDefault(false, List.of());
      List<BenchCell> kept = kinds.getOrDefault(true, List.of());
      if (!fused.isEmpty() && !kept.isEmpty()) {
        pairs.add(new Pair(length, fastest(fused), fastest(kept)));
      }
    });
    return pairs;
  }

  private static BenchCell fastest(List<BenchCell> cells) {
    return cells.stream().min(Comparator.comparingDouble(CrossoverSearch::nanos)).orElseThrow();
  }

  private static double nanos(BenchCell cell) {
    return Objects.requireNonNull(cell.measurement()).kernelNanos().median();
  }

  private static Crossover crossover(Field field, List<Pair> pairs) {
    Pair first = pairs.getFirst();
    Pair last = pairs.getLast();
    // From the long end: the last change of sides is the one after which the winner stays.
    for (int i = pairs.size() - 1; i > 0; i--) {
      Pair before = pairs.get(i - 1);
      Pair after = pairs.get(i);
      if (before.logAdvantage() > 0 != after.logAdvantage() > 0) {
        double share = before.logAdvantage() / (before.logAdvantage() - after.logAdvantage());
        double length =
            before.length() * Math.pow((double) after.length() / before.length(), share);
        boolean fusedWins = after.logAdvantage() > 0;
        String statement =
            String.format(
                Locale.ROOT,
                "from N = %.0f on, %s kernels are faster: %s%s",
                length,
                kind(fusedWins),
                advantage(after, fusedWins),
                after.length() == last.length() ? "" : ", " + advantage(last, fusedWins));
        return new Crossover(field.input(), field.family(), field.deviceId(), length, statement);
      }
    }
    boolean fusedWins = last.logAdvantage() > 0;
    String statement =
        "%s kernels are faster at every context measured with both: %s%s"
            .formatted(
                kind(fusedWins),
                advantage(first, fusedWins),
                first.length() == last.length() ? "" : ", " + advantage(last, fusedWins));
    return new Crossover(field.input(), field.family(), field.deviceId(), Double.NaN, statement);
  }

  private static String kind(boolean fused) {
    return fused ? "fused" : "score-keeping";
  }

  private static String advantage(Pair pair, boolean fusedWins) {
    return String.format(
        Locale.ROOT,
        "%s %.2f times as fast as %s at N = %d",
        kernel(pair, fusedWins),
        Math.exp(Math.abs(pair.logAdvantage())),
        kernel(pair, !fusedWins),
        pair.length());
  }

  private static String kernel(Pair pair, boolean fused) {
    return (fused ? pair.fused() : pair.keeping()).kernel();
  }
}
