package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.report.BenchCell.Status;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Watchdog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CellFailureTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void everyEvaluationHasItsStatus() {
    assertThat(CellFailure.of(new Evaluation.BuildFailed("line 3: error")))
        .isEqualTo(new CellFailure(Status.BUILD_FAILED, "line 3: error"));
    assertThat(CellFailure.of(new Evaluation.Unsupported("D > 8")))
        .isEqualTo(new CellFailure(Status.UNSUPPORTED, "D > 8"));
    assertThat(CellFailure.of(new Evaluation.LaunchFailed("-5")))
        .isEqualTo(new CellFailure(Status.FAILED, "-5"));
    assertThat(CellFailure.of(new Evaluation.OutOfMemory("scores", 2, 1)).status())
        .isEqualTo(Status.OUT_OF_MEMORY);
    CellFailure incorrect = CellFailure.of(new Evaluation.Incorrect(new Comparison(9, 4, 7, null)));
    assertThat(incorrect.status()).isEqualTo(Status.FAILED);
    assertThat(incorrect.note()).contains("INCORRECT").contains("4 of 9");
  }

  @Test
  void theLossOfADeviceFailsItsCell() {
    CellFailure lost = CellFailure.of(new BackendException.Unavailable("it does not answer"));
    assertThat(lost.status()).isEqualTo(Status.FAILED);
    assertThat(lost.note())
        .startsWith("the device was lost: it does not answer")
        .contains("./attn devices");
  }

  @Test
  void aStepThatNeverEndedIsNamedWithItsLimit() {
    CellFailure never = CellFailure.neverEnded(new Watchdog.Overdue("a launch", 300));
    assertThat(never.status()).isEqualTo(Status.NEVER_ENDED);
    assertThat(never.note()).contains("a launch took longer than 300.0 s (--watchdog)");
  }

  @Test
  void aForkThatLeftNoWordHasFailed() throws IOException {
    Path file = folder.resolve("none");
    assertThat(CellFailure.read(file, "it crashed"))
        .isEqualTo(new CellFailure(Status.FAILED, "it crashed"));
    Files.writeString(file, "BUILD_FAILED\none\ntwo");
    assertThat(CellFailure.read(file, "it crashed"))
        .isEqualTo(new CellFailure(Status.BUILD_FAILED, "one\ntwo"));
  }
}
