package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.Sessions;
import io.github.attn4j.core.fuzz.CaseCheck;
import io.github.attn4j.core.fuzz.CaseFile;
import io.github.attn4j.core.fuzz.FuzzCase;
import io.github.attn4j.core.fuzz.PreparedCase;
import io.github.attn4j.core.fuzz.Verdict;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.testing.Required;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Cases that stay: each is right on the kernel that it names. */
@Tag("full")
class FuzzRegressionTest {
  static List<Path> cases() throws IOException, URISyntaxException {
    Path folder =
        Path.of(Objects.requireNonNull(FuzzRegressionTest.class.getResource("/fuzz")).toURI());
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aKeptCaseIsRight(Path file) {
    FuzzCase kept = CaseFile.read(file);
    Backends backends = new Backends();
    KernelVariant kernel = backends.kernel(kept.kernel());
    if (backends.backend(kernel.backend()).devices().isEmpty()) {
      Required.abort(kernel.backend(), "no device for " + kernel.globalId());
    }
    try (Sessions sessions = new Sessions(backends, null, backend -> Tunings.OF_THE_KERNELS)) {
      Verdict verdict = CaseCheck.check(sessions.of(kernel), kernel, PreparedCase.of(kept));
      assertThat(verdict)
          .as("%s: %s", file.getFileName(), ReplayCommand.described(verdict))
          .isInstanceOf(Verdict.Right.class);
    }
  }
}
