package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.shape.Mode;
import io.github.attn4j.core.check.MaskQuality;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tiling;
import io.github.attn4j.core.report.BandwidthCeiling;
import io.github.attn4j.core.report.BenchCell;
import io.github.attn4j.core.report.BlockMapCost;
import io.github.attn4j.core.report.DeviceCeiling;
import io.github.attn4j.core.report.Measurement;
import io.github.attn4j.core.report.Noise;
import io.github.attn4j.core.report.Sparsity;
import io.github.attn4j.core.report.Speedup;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A cell and what came of it, turned into the report's row once ceilings and rivals are known.
 *
 * @param cell the cell
 * @param kernel its kernel
 * @param device where it ran, or would have
 * @param status whether there is an outcome
 * @param note why not
 * @param outcome null unless measured
 * @param quality what the mask does to the result; null where that was not computed
 * @param ceilingDropPercent how far the ceiling around it lay below the run's best
 */
record CellReport(
    CellSpec cell,
    KernelVariant kernel,
    DeviceInfo device,
    BenchCell.Status status,
    String note,
    @Nullable Outcome outcome,
    @Nullable MaskQuality quality,
    double ceilingDropPercent) {
  /** A rate above this share of its ceiling is not believed. */
  private static final double HIGHEST_SHARE = 1.05;

  /**
   * The report's row.
   *
   * @param ceiling of the cell's device
   * @param javaNanos java:flash's median on the same problem; NaN where there is none
   */
  BenchCell toCell(@Nullable DeviceCeiling ceiling, double javaNanos) {
    ShapeCounts counts = ShapeCounts.of(cell.shape());
    AttentionSpec spec = counts.spec();
    Measurement measurement =
        outcome == null ? null : measurement(counts, outcome, ceiling, javaNanos);
    List<String> notes = new ArrayList<>();
    if (!note.isEmpty()) {
      notes.add(note);
    }
    if (measurement != null) {
      notes.addAll(remarks(measurement));
      notes.addAll(
          counts.visiblePairs() == 0 ? List.of("no pair is visible: no ratio") : List.of());
    }
    Tiling tiling =
        kernel.supports(spec, device) instanceof Support.No
            ? Tiling.SKIPS_NOTHING
            : kernel.tiling(
                spec,
                device,
                outcome == null ? kernel.defaultTuning(spec, device) : outcome.tuning());
    return new BenchCell(
        cell.kernel(),
        cell.device(),
        device.name(),
        cell.shape().model(),
        spec.label(),
        cell.source().label(),
        spec.batch(),
        spec.queryHeads(),
        spec.kvHeads(),
        spec.queryLength(),
        spec.kvLength(),
        spec.headDim(),
        spec.valueDim(),
        spec.queryType().label(),
        spec.keyValueType().label(),
        cell.shape().mode().label(),
        cell.shape().storage().pageSize(),
        cell.shape().storage().deterministic(),
        maskAndScore(spec),
        counts.visiblePairs(),
        tiling.queries(),
        tiling.keys(),
        counts.visited(tiling),
        status,
        String.join("; ", notes),
        measurement,
        counts.blocks() == null || cell.shape().mode() != Mode.SWEEP
            ? null
            : sparsity(Sparsity.of(counts.blocks())));
  }

  /** What tells cells of one shape apart, whole: families of cells are found by it. */
  private static String maskAndScore(AttentionSpec spec) {
    String cap = spec.softCap() > 0 ? " cap" + spec.softCap() : "";
    String score = spec.scoreModifier().label();
    return spec.mask().label() + cap + (score.isEmpty() ? "" : " score " + score);
  }

  private Sparsity sparsity(Sparsity densities) {
    Sparsity sparsity = densities.with(quality);
    if (outcome == null) {
      return sparsity;
    }
    OptionalDouble mapNanos = outcome.scalarIfAny(CellTrial.MAP_NANOS);
    if (mapNanos.isPresent()) {
      sparsity =
          sparsity.with(
              new BlockMapCost(
                  (long) mapNanos.getAsDouble(), (long) outcome.scalar(CellTrial.MAP_BYTES)));
    }
    // Where nothing is visible there is no ideal: it would be infinite.
    return outcome.speedups().isEmpty() || densities.listedBlocks() == 0
        ? sparsity
        : sparsity.with(
            Speedup.of(
                outcome.dense().quantiles(),
                outcome.speedups().quantiles(),
                densities.blockDensity()));
  }

  private Measurement measurement(
      ShapeCounts counts, Outcome measured, @Nullable DeviceCeiling ceiling, double javaNanos) {
    AttentionSpec spec = counts.spec();
    double nanos = measured.kernel().median();
    double rate = counts.flops() / nanos;
    double byteRate = counts.compulsoryBytes() / nanos;
    Optional<BandwidthCeiling> level =
        Optional.ofNullable(ceiling).flatMap(known -> known.levelHolding(counts.compulsoryBytes()));
    return new Measurement(
        measured.kernel().quantiles(),
        measured.cold().isEmpty() ? null : measured.cold().quantiles(),
        measured.overhead().quantiles(),
        measured.upload().quantiles(),
        measured.download().quantiles(),
        (long) measured.scalar("buildNanos"),
        measured.scalar("programsCompiled") == 0,
        measured.halfWidthPercent(),
        measured.settled(),
        measured.forks(),
        ceilingDropPercent,
        counts.flops(),
        rate,
        ceiling == null ? Double.NaN : rate / ceiling.fma().gflopsPerSecond(),
        counts.compulsoryBytes(),
        byteRate,
        level.map(BandwidthCeiling::level).orElse(""),
        level.map(known -> byteRate / known.gigabytesPerSecond()).orElse(Double.NaN),
        (long) measured.scalar("scratchBytes"),
        kernel.scratchBytes(spec, device, measured.tuning()),
        (long) measured.scalar("deviceBytes"),
        measured.scalar("maxErrorOverBudget"),
        (long) measured.scalar("checkedElements"),
        (long) measured.scalar("checkedRows"),
        spec.rows(),
        javaNanos / nanos,
        measured.tuning().label(),
        measured.plainFmas().isEmpty() ? null : measured.plainFmas().quantiles(),
        measured.plainReads().isEmpty() ? null : measured.plainReads().quantiles(),
        1e9 * spec.existingRows() / spec.queryHeads() / nanos,
        counts.keyValueBytes() / nanos,
        measured.rounds().isEmpty() ? null : measured.rounds().quantiles());
  }

  /** What to know about a measurement before believing it. */
  private List<String> remarks(Measurement m) {
    List<String> remarks = new ArrayList<>();
    if (m.shareOfFmaCeiling() > HIGHEST_SHARE) {
      remarks.add("above 1.05 of the FMA ceiling: an error to explain, not a record");
    }
    if (m.shareOfBandwidth() > HIGHEST_SHARE) {
      remarks.add(
          "above 1.05 of the bandwidth of %s: an error to explain, not a record"
              .formatted(m.bandwidthLevel()));
    }
    if (m.ceilingDropPercent() > Noise.MOST_DRIFT_PERCENT) {
      remarks.add(
          "disturbed: the FMA ceiling beside it lay %.1f %% below the run's best"
              .formatted(m.ceilingDropPercent()));
    }
    if (!m.settled()) {
      remarks.add(
          "not settled: the median is known to +- %.1f %% after %d fork%s, not to %.0f %%"
              .formatted(
                  m.halfWidthPercent(),
                  m.forks(),
                  m.forks() == 1 ? "" : "s",
                  Outcome.SETTLED_PERCENT));
    }
    if (outcome != null && outcome.scalarIfAny(AttentionBenchmark.NO_ROOM_FOR_DENSE).isPresent()) {
      remarks.add("not compared with the full mask: both together do not fit the device's memory");
    }
    if (outcome != null && outcome.scalarIfAny(CeilingsBeside.NO_ROOM_FOR_READS).isPresent()) {
      remarks.add(
          "no plain reads beside it: they do not fit the device's memory together with its data");
    }
    if (m.scratchBytes() != m.scratchFormulaBytes()) {
      remarks.add(
          "allocates %,d bytes of scratch, but its formula says %,d"
              .formatted(m.scratchBytes(), m.scratchFormulaBytes()));
    }
    return remarks;
  }
}
