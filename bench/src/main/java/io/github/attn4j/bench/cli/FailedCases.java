package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.VerifyCase;
import io.github.attn4j.core.report.VerifyReport;
import io.github.attn4j.core.run.Evaluation;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code verify} prints of cases that failed, one after the other; but of a kernel that does
 * not build each log once, since a grid asks for the same program in many cases.
 */
final class FailedCases {
  private static final String BUILD_FAILED = new Evaluation.BuildFailed("").label();

  private FailedCases() {}

  static void print(Voice voice, VerifyReport report) {
    PrintWriter out = voice.out();
    Map<List<String>, Integer> logged = new LinkedHashMap<>();
    for (VerifyCase failure : report.cases()) {
      if (failure.status().equals("passed") || failure.status().equals("unsupported")) {
        continue;
      }
      boolean first =
          !failure.status().equals(BUILD_FAILED)
              || logged.merge(List.of(failure.kernel(), log(failure)), 1, Math::addExact) == 1;
      if (first) {
        out.printf(
            "%s: %s on %s, %s (%s, %s): %s%n",
            voice.bad(failure.status()),
            failure.kernel(),
            failure.device(),
            failure.name(),
            failure.shape(),
            failure.input(),
            failure.detail());
      }
    }
    logged.forEach((which, cases) -> {
      if (cases > 1) {
        out.printf(
            "%s does not build in %d more cases, with the same log%n", which.getFirst(), cases - 1);
      }
    });
  }

  /** What the compiler said: the first line has the options, which differ from case to case. */
  private static String log(VerifyCase failure) {
    int end = failure.detail().indexOf('\n');
    return end < 0 ? failure.detail() : failure.detail().substring(end);
  }
}
