package io.github.attn4j.bench.ab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How a trial is asked of a version; both versions are asked in the same way. */
public enum Protocol {
  /** {@code ./attn trial} of both versions at once, which take turns within each cell. */
  TURNS {
    @Override
    List<String> arguments(Trials.Asked asked, Path folder) {
      return TRIAL.arguments(asked, folder);
    }
  },
  /** {@code ./attn trial}: seconds of a cell in one process, one trial after the other. */
  TRIAL {
    @Override
    List<String> arguments(Trials.Asked asked, Path folder) {
      List<String> arguments = new ArrayList<>(List.of("trial"));
      arguments.addAll(asked.cells());
      arguments.add("--seconds=" + asked.seconds());
      arguments.add("--order-seed=" + asked.orderSeed());
      arguments.add("--report=" + folder.resolve(REPORT));
      return arguments;
    }
  },
  /** {@code ./attn bench} with one fork, for versions without {@code trial}: takes longer. */
  BENCH {
    @Override
    List<String> arguments(Trials.Asked asked, Path folder) {
      List<String> arguments = new ArrayList<>(List.of("bench"));
      arguments.addAll(asked.cells());
      arguments.add("--forks=1");
      arguments.add("--output=" + folder);
      return arguments;
    }
  };

  /** What any of them leaves in its folder. */
  static final String REPORT = "report.json";

  /**
   * The command line of a trial.
   *
   * @param asked what is to be measured
   * @param folder of this trial's own, which is there and empty
   */
  abstract List<String> arguments(Trials.Asked asked, Path folder);
}
