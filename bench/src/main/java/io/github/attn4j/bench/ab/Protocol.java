package io.github.attn4j.bench.ab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How a trial is asked of a version; both versions are asked in the same way. */
public enum Protocol {
  /** {@code ./attn trial}: seconds of a cell in one process. */
  TRIAL {
    @Override
    List<String> arguments(List<String> cells, double seconds, long orderSeed, Path folder) {
      List<String> arguments = new ArrayList<>(List.of("trial"));
      arguments.addAll(cells);
      arguments.add("--seconds=" + seconds);
      arguments.add("--order-seed=" + orderSeed);
      arguments.add("--report=" + folder.resolve(REPORT));
      return arguments;
    }
  },
  /** {@code ./attn bench} with one fork, for versions without {@code trial}: takes longer. */
  BENCH {
    @Override
    List<String> arguments(List<String> cells, double seconds, long orderSeed, Path folder) {
      List<String> arguments = new ArrayList<>(List.of("bench"));
      arguments.addAll(cells);
      arguments.add("--forks=1");
      arguments.add("--output=" + folder);
      return arguments;
    }
  };

  /** What either leaves in its folder. */
  static final String REPORT = "report.json";

  /**
   * The command line of a trial.
   *
   * @param cells options that say which kernels and problems
   * @param seconds of launches that count, for each cell
   * @param orderSeed of the order of the cells, the same for both trials of a pair
   * @param folder of this trial's own, which is there and empty
   */
  abstract List<String> arguments(List<String> cells, double seconds, long orderSeed, Path folder);
}
