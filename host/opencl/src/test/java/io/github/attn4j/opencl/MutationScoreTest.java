package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What mutants are judged to be, and that the quick grid and the sanitizer notice them:
 * docs/mutation.md has the score of 60 each, of which the first few are tried anew here.
 * -Dattn.mutants=60 tries as many.
 */
class MutationScoreTest {
  static final long SEED = 1;

  /**
   * What survived when the page's 60 were tried: barriers of {@code flash_mma} that a GPU needs and
   * its emulation does not, so nothing here can notice that they are gone. The floor is what was
   * measured, no more: these two, and no other.
   */
  private static final Set<String> KNOWN_TO_SURVIVE = Set.of("4f0af7ab7c", "9ba8683b09");

  private static final int MUTANTS = Integer.getInteger("attn.mutants", 8);
  private static final Duration LIMIT = Duration.ofMinutes(60);

  @TempDir Path folder;

  static Stream<OpenClKernel> measuredKernels() {
    return Mutant.KERNELS_ASKED.stream();
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @MethodSource("measuredKernels")
  void theQuickGridNoticesMutants(OpenClKernel kernel) {
    TestDevices.openPreferred().close(); // skips without a device
    MutationRun run = new MutationRun(kernel, folder);
    assertThat(run.draw(MUTANTS, SEED, LIMIT)).as("in time").isTrue();
    assertThat(run.survivors(SEED, LIMIT, false)).as("in time").isTrue();
    assertThat(run.survivors(SEED, LIMIT, true)).as("in time").isTrue();
    Map<String, String> equivalent = EquivalentMutants.of(kernel);
    assertThat(run.judged().values())
        .filteredOn(one -> one.verdict().counts())
        // Of those that count at first, a compiler may make the same code once it is asked.
        .hasSizeGreaterThan(MUTANTS / 2)
        .allSatisfy(one -> {
          boolean survives =
              equivalent.containsKey(one.id()) || KNOWN_TO_SURVIVE.contains(one.id());
          assertThat(one.verdict() == MutantVerdict.SURVIVED)
              .as("%s survived, as docs/mutation.md says: %s", one.id(), one.line())
              .isEqualTo(survives);
        });
  }

  /** The page, the floor of the test above, and the kernel's text are of one mind. */
  @Test
  void whatIsKnownToSurviveIsInTheTextAndOnThePage() throws IOException {
    Path page = Path.of(System.getProperty("basedir", ".")).resolve("../../docs/mutation.md");
    String text = Files.readString(page);
    String list =
        text.substring(text.indexOf("### Survived"), text.indexOf("### Noticed by the sanitizer"));
    assertThat(list.lines().filter(line -> line.matches("\\| [0-9a-f]{10} .*")))
        .extracting(line -> line.substring(2, 12))
        .containsExactlyInAnyOrderElementsOf(KNOWN_TO_SURVIVE);
    OpenClKernel kernel = OpenClKernel.FLASH_MMA;
    assertThat(Mutant.all(kernel, ProgramText.of(kernel)))
        .extracting(Mutant::id)
        .containsAll(KNOWN_TO_SURVIVE);
  }

  /** One mutant of each kernel for every run of the tests: the sum's logarithm subtracted. */
  @Tag("full")
  @ParameterizedTest
  @MethodSource("measuredKernels")
  void theFirstProgramNoticesAWrongSign(OpenClKernel kernel) {
    try (OpenClSession session = TestDevices.openPreferred()) {
      // Of flash_split_kv the mutant is in what processors run.
      Assumptions.assumeTrue(
          kernel != OpenClKernel.FLASH_SPLIT_KV || session.device().kind() == DeviceInfo.Kind.CPU);
    }
    MutationRun run = new MutationRun(kernel, folder);
    ProgramText text = run.text();
    List<Mutant> signs =
        Mutant.all(kernel, text).stream()
            .filter(one -> one.operator() == MutationOperator.PLUS_MINUS)
            .filter(one -> text.text().startsWith(" log(", one.end()))
            .filter(one ->
                kernel != OpenClKernel.FLASH_SPLIT_KV // whose other two are not for this device
                    || text.lines().get(one.place()).file().equals("split_kv_lanes.clh"))
            .toList();
    assertThat(signs).hasSize(1);
    assertThat(run.tried(signs.getFirst().id(), List.of(0), false, 120).verdict())
        .isEqualTo(MutantVerdict.INCORRECT);
  }

  /** Whatever a mutant does, it does to its own process alone. */
  @Tag("exhaustive")
  @Test
  void aMutantIsTriedInAProcessOfItsOwn() {
    TestDevices.openPreferred().close();
    OpenClKernel kernel = OpenClKernel.FLASH_QUERY_LANES;
    String id = sumOfDifferences(kernel);
    MutationRun run = new MutationRun(kernel, folder);
    List<Integer> programs = List.of(0);
    assertThat(run.tried(id, programs, false, 120).verdict()).isEqualTo(MutantVerdict.INCORRECT);
    // Stopped before its first case, a process says nothing of the mutant.
    assertThatThrownBy(() -> run.tried(id, programs, false, 0.01))
        .hasMessageContaining("the trial of " + id + " failed");
    assertThat(run.tried(MutantTrial.UNCHANGED, programs, false, 120).verdict())
        .isEqualTo(MutantVerdict.SURVIVED);
    assertThatThrownBy(() -> run.tried("0000000000", programs, false, 120))
        .hasMessageContaining("the trial of 0000000000 failed");
  }

  /** A mutant that takes some of a row's weights from its sum. */
  private static String sumOfDifferences(OpenClKernel kernel) {
    ProgramText text = ProgramText.of(kernel);
    return Mutant.all(kernel, text).stream()
        .filter(one -> one.operator() == MutationOperator.PLUS_MINUS)
        .filter(one -> text.lines().get(one.place()).text().contains("(chain[0] + chain[1])"))
        .findFirst()
        .orElseThrow()
        .id();
  }
}
