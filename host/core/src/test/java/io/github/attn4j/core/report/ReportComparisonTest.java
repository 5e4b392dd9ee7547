package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportComparisonTest {
  private static final double MS = 1e6;

  private static RegressionReport compare(BenchReport base, BenchReport now) throws Exception {
    return Regressions.compare(base, now);
  }

  private static RegressionReport acrossDevices(BenchReport base, BenchReport now)
      throws Exception {
    return ReportComparison.of(
        base.environment(),
        List.of(
            new ReportComparison.Named("a.json", "a.json", base),
            new ReportComparison.Named("b.json", "b.json", now)),
        Regressions.rule(0.05, true),
        true);
  }

  @Test
  void aSlowerMachineIsNoSlowerKernel() throws Exception {
    RegressionReport report =
        compare(
            Regressions.report(Regressions.cell("opencl:a", 64, 2 * MS, 1000)),
            Regressions.report(Regressions.cell("opencl:a", 64, 3 * MS, 667)));
    assertThat(report.rows()).hasSize(1);
    RegressionRow row = report.rows().getFirst();
    assertThat(row.verdict()).isEqualTo(Verdict.UNCHANGED);
    assertThat(row.ratio()).isBetween(0.99, 1.01);
    assertThat(row.measure()).isEqualTo("share of the FMA ceiling");
    assertThat(report.failed()).isFalse();
  }

  @Test
  void aSmallerShareOfTheCeilingIsSlower() throws Exception {
    RegressionReport report =
        compare(
            Regressions.report(Regressions.cell("opencl:a", 64, 2 * MS, 1000)),
            Regressions.report(Regressions.cell("opencl:a", 64, 2.2 * MS, 1000)));
    assertThat(report.rows().getFirst().verdict()).isEqualTo(Verdict.SLOWER);
    assertThat(report.rows().getFirst().ratio()).isBetween(1.09, 1.11);
    assertThat(report.failed()).isTrue();
  }

  @Test
  void sharesByTurnsComeBeforeTheRunsCeilingWhereBothHaveThem() throws Exception {
    BenchCell turns =
        Regressions.cell(
            "opencl:a",
            64,
            BenchCell.Status.MEASURED,
            "",
            Regressions.measurement(2 * MS, 1000, true));
    assertThat(
            compare(Regressions.report(turns), Regressions.report(turns))
                .rows()
                .getFirst()
                .measure())
        .isEqualTo("share of plain multiply-adds, by turns");
    assertThat(
            compare(
                    Regressions.report(turns),
                    Regressions.report(Regressions.cell("opencl:a", 64, 2 * MS, 1000)))
                .rows()
                .getFirst()
                .measure())
        .isEqualTo("share of the FMA ceiling");
  }

  @Test
  void lostCorrectnessCountsBeforeSpeed() throws Exception {
    RegressionReport report =
        compare(
            Regressions.report(
                Regressions.cell("opencl:a", 64, 2 * MS, 1000),
                Regressions.cell("opencl:b", 64, 2 * MS, 1000),
                Regressions.cell("opencl:c", 64, BenchCell.Status.FAILED, "wrong", null)),
            Regressions.report(
                Regressions.cell("opencl:a", 64, 4 * MS, 1000),
                Regressions.cell("opencl:b", 64, BenchCell.Status.FAILED, "INCORRECT: o[3]", null),
                Regressions.cell("opencl:c", 64, 2 * MS, 1000)));
    assertThat(report.rows())
        .extracting(RegressionRow::verdict)
        .containsExactly(Verdict.BROKEN, Verdict.SLOWER, Verdict.MENDED);
    assertThat(report.rows().getFirst().now().note()).isEqualTo("INCORRECT: o[3]");
    assertThat(report.summary()).isEqualTo("1 broken, 1 slower, 1 mended");
  }

  @Test
  void whatNeverWorkedIsNoLoss() throws Exception {
    for (BenchCell.Status status :
        List.of(
            BenchCell.Status.FAILED,
            BenchCell.Status.BUILD_FAILED,
            BenchCell.Status.UNSUPPORTED,
            BenchCell.Status.SKIPPED)) {
      BenchReport report =
          Regressions.report(Regressions.cell("opencl:a", 64, status, "as ever", null));
      assertThat(compare(report, report).failed()).as("%s", status).isFalse();
    }
    BenchReport right = Regressions.report(Regressions.cell("opencl:a", 64, 2 * MS, 1000));
    for (BenchCell.Status status :
        List.of(
            BenchCell.Status.UNSUPPORTED,
            BenchCell.Status.OUT_OF_MEMORY,
            BenchCell.Status.NEVER_ENDED,
            BenchCell.Status.BUILD_FAILED)) {
      assertThat(
              compare(
                      right,
                      Regressions.report(Regressions.cell("opencl:a", 64, status, "new", null)))
                  .failed())
          .as("%s", status)
          .isTrue();
    }
  }

  @Test
  void cellsWithoutACounterpartAreListed() throws Exception {
    RegressionReport report =
        compare(
            Regressions.report(
                Regressions.cell("opencl:a", 64, 2 * MS, 1000),
                Regressions.cell("opencl:a", 128, 2 * MS, 1000)),
            Regressions.report(
                Regressions.cell("opencl:a", 64, 2 * MS, 1000),
                Regressions.cell("opencl:b", 64, 2 * MS, 1000)));
    assertThat(report.rows()).hasSize(1);
    assertThat(report.unmatched())
        .extracting(UnmatchedCell::in)
        .containsExactly("a.json", "b.json");
    assertThat(report.unmatched().getFirst().cell().keyLength()).isEqualTo(128);
  }

  @Test
  void whatTheBaseMeasuredAndTheNewReportLacksOrSkippedFailsUnlessThatIsAllowed() throws Exception {
    BenchReport base =
        Regressions.report(
            Regressions.cell("opencl:a", 64, 2 * MS, 1000),
            Regressions.cell("opencl:a", 128, 2 * MS, 1000),
            Regressions.cell("opencl:a", 256, 2 * MS, 1000));
    BenchReport now =
        Regressions.report(
            Regressions.cell("opencl:a", 64, 2 * MS, 1000),
            Regressions.cell("opencl:a", 256, BenchCell.Status.SKIPPED, "would take 90 s", null));
    RegressionReport report = compare(base, now);
    assertThat(report.failed()).isTrue();
    assertThat(report.headline()).isEqualTo("Failed: 2 missing, 1 unchanged");
    assertThat(report.rows().getFirst().verdict()).isEqualTo(Verdict.MISSING);
    assertThat(report.fails(report.unmatched().getFirst())).isTrue();
    RegressionReport allowed = Regressions.compareAllowingMissing(base, now);
    assertThat(allowed.failed()).isFalse();
    assertThat(allowed.headline()).isEqualTo("Passed: 2 missing, 1 unchanged");
    // More than before is no loss, nor is what the base had no time of.
    assertThat(compare(now, base).failed()).isFalse();
    BenchReport wrong =
        Regressions.report(
            Regressions.cell("opencl:a", 64, 2 * MS, 1000),
            Regressions.cell("opencl:b", 64, BenchCell.Status.FAILED, "wrong", null));
    assertThat(compare(wrong, now).failed()).isFalse();
  }

  @Test
  void reportsWithoutACellInCommonAreNoComparisonAndNoLoss() throws Exception {
    RegressionReport report =
        compare(
            Regressions.report(Regressions.cell("opencl:a", 64, 2 * MS, 1000)),
            Regressions.report(Regressions.cell("opencl:b", 64, 2 * MS, 1000)));
    assertThat(report.failed()).isFalse();
    assertThat(report.headline()).isEqualTo("Nothing to compare: no cell is in both");
  }

  @Test
  void everyPartOfASpecTellsCellsApart() throws Exception {
    BenchCell cell = Regressions.cell("opencl:a", 64, 2 * MS, 1000);
    for (BenchCell other :
        List.of(
            Cells.stored(cell, "f16", "f32", "", 0),
            Cells.stored(cell, "f32", "i8", "", 0),
            Cells.stored(cell, "f32", "f32", "decode", 0),
            Cells.stored(cell, "f32", "f32", "", 64))) {
      assertThat(compare(Regressions.report(cell), Regressions.report(other)).rows()).isEmpty();
    }
  }

  @Test
  void otherDevicesOrConventionsAreNotComparableUnlessAskedFor() throws Exception {
    BenchReport here =
        Regressions.report(
            Regressions.environment("device", DeviceInfo.Kind.CPU),
            Regressions.cell("opencl:a", 64, 2 * MS, 1000));
    BenchReport there =
        new BenchReport(
            here.schemaVersion(),
            here.environment(),
            here.ceilings(),
            "operations of another sort",
            here.kernels(),
            here.cells(),
            here.growth(),
            here.crossovers(),
            here.noise(),
            true);
    assertThatThrownBy(() -> compare(here, there))
        .isInstanceOf(ReportComparison.NotComparable.class)
        .hasMessageContaining("FLOP convention of a.json: 2 * visible pairs * (D + Dv)")
        .hasMessageContaining("operations of another sort");
    BenchReport faster =
        Regressions.report(
            Regressions.environment("another device", DeviceInfo.Kind.CPU),
            named("another device", Regressions.cell("opencl:a", 64, MS, 2000)));
    assertThatThrownBy(() -> compare(here, faster))
        .hasMessageContaining("opencl device (CPU) of a.json: device, 2 compute units")
        .hasMessageContaining("another device, 2 compute units");
    RegressionReport across = acrossDevices(here, faster);
    assertThat(across.rows().getFirst().verdict()).isEqualTo(Verdict.UNCHANGED);
    assertThat(across.remarks()).anyMatch(remark -> remark.contains("another device"));
  }

  @Test
  void aGpuIsNoCounterpartOfAProcessor() throws Exception {
    BenchReport cpu = Regressions.report(Regressions.cell("opencl:a", 64, 2 * MS, 1000));
    BenchReport gpu =
        Regressions.report(
            Regressions.environment("device", DeviceInfo.Kind.GPU),
            Regressions.cell("opencl:a", 64, 2 * MS, 1000));
    RegressionReport report = acrossDevices(cpu, gpu);
    assertThat(report.rows()).isEmpty();
    assertThat(report.unmatched()).hasSize(2);
  }

  @Test
  void peersAreComparedByTheRatioToThePeer() throws Exception {
    PeerReport peers = SamplePeers.of("", true);
    RegressionReport report =
        ReportComparison.of(
            peers.environment(),
            List.of(
                new ReportComparison.Named("a", "a", peers),
                new ReportComparison.Named("b", "b", peers)),
            Regressions.rule(0.05, true),
            false);
    assertThat(report.rows()).hasSameSizeAs(peers.ratios());
    assertThat(report.rows()).anyMatch(row -> row.measure().startsWith("time over "));
    BenchReport bench = Regressions.report();
    assertThatThrownBy(() ->
            ReportComparison.of(
                peers.environment(),
                List.of(
                    new ReportComparison.Named("a", "a", peers),
                    new ReportComparison.Named("b", "b", bench)),
                Regressions.rule(0.05, true),
                false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("compare reports of one kind");
  }

  private static BenchCell named(String device, BenchCell cell) {
    return new BenchCell(
        cell.kernel(),
        cell.deviceId(),
        device,
        cell.model(),
        cell.shape(),
        cell.input(),
        cell.batch(),
        cell.queryHeads(),
        cell.kvHeads(),
        cell.queryLength(),
        cell.keyLength(),
        cell.headDim(),
        cell.valueDim(),
        cell.dtype(),
        cell.kvDtype(),
        cell.mode(),
        cell.pageSize(),
        cell.deterministic(),
        cell.mask(),
        cell.visiblePairs(),
        cell.tileQueries(),
        cell.tileKeys(),
        cell.visitedTiles(),
        cell.status(),
        cell.note(),
        cell.measurement(),
        cell.sparsity());
  }
}
