package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The grid of {@code ./attn sanitize --full} reaches every branch of every kernel, except those of
 * {@link UnreachedBranches}, each with its reason; and none of these is reached after all.
 */
class BranchCoverageTest {
  @TempDir Path programs;

  static Stream<String> files() {
    return SanitizedSubject.all().stream().map(BranchCoverageTest::file).distinct();
  }

  private static String file(SanitizedSubject subject) {
    OpenClKernel kernel = subject.kernel();
    return kernel != null ? kernel.file() : subject.requireSupport().file();
  }

  /** One program a spec: what the quick suite can afford. */
  @Test
  @Tag("full")
  void theGridReachesEveryBranchOfTheReadBandwidth() {
    requireReached("support/read_bandwidth.cl");
  }

  @ParameterizedTest
  @MethodSource("files")
  @Tag("exhaustive")
  void theGridReachesEveryBranch(String file) {
    requireReached(file);
  }

  private void requireReached(String file) {
    BranchCoverage coverage = new BranchCoverage(file);
    List<String> ran = new ArrayList<>();
    for (SanitizedSubject subject : SanitizedSubject.all()) {
      if (file(subject).equals(file)) {
        int cases = coverage.run(subject, programs);
        assertThat(cases).as(subject.toString()).isPositive();
        ran.add("%s %s: %d".formatted(subject.label(), subject.tuningLabel(), cases));
      }
    }
    Set<String> unreached =
        coverage.unreached().stream()
            .map(MarkedProgram.Branch::name)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(coverage.branches().size()).isGreaterThan(unreached.size());
    assertThat(unreached)
        .as(() -> "of %d, after %s".formatted(coverage.branches().size(), ran))
        .containsExactlyInAnyOrderElementsOf(UnreachedBranches.of(file).keySet());
  }

  @Test
  void branchesAreFoundAndMarkedWhereTheyAre() {
    String source =
        """
        #define TWICE(x) ((x) > 0 ? 2 * (x) : 0)
        static inline int unused(int a) { return a > 0 ? a : -a; }
        static inline int twice(int a) {
        #if WIDE
          return TWICE(a);
        #else
          for (int i = 0; i < 4; i++) { a += i; }
          return a;
        #endif
        }
        __kernel void all(__global int *x) {
          if (x[0] == 1 && x[1] == 2) {
            x[2] = twice(x[3]); // ? :
          }
        }
        """;
    MarkedProgram program = new MarkedProgram("#line 1 \"one.cl\"\n" + source, 0x1000);
    assertThat(program.branches())
        .extracting(MarkedProgram.Branch::toString)
        .containsExactlyInAnyOrder(
            "one.cl:1 ((x) > 0) is false",
            "one.cl:1 ((x) > 0) is true",
            "one.cl:3 twice is entered",
            "one.cl:4 #if WIDE is compiled",
            "one.cl:6 #else of #if WIDE is compiled",
            "one.cl:7 for (i < 4) is false",
            "one.cl:7 for (i < 4) is true",
            "one.cl:11 all is entered",
            "one.cl:12 if (x[0] == 1 && x[1] == 2) is false",
            "one.cl:12 if (x[0] == 1 && x[1] == 2) is true");
    assertThat(program.text())
        .contains("(attn_taken(", ", (x[0] == 1 && x[1] == 2)))", ", ((x) > 0)) ? 2 * (x)");
  }
}
