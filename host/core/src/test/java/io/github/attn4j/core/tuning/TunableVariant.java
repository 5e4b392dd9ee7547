package io.github.attn4j.core.tuning;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.List;
import java.util.Map;

/** A kernel with two parameters, of which one is bounded where there is a mask. */
record TunableVariant(String sourceDigest) implements KernelVariant {
  static final TuningRecord RECORD =
      new TuningRecord(
          "abacus",
          "Abacus 2000",
          "driver 1",
          2,
          "abacus:beads",
          "digest",
          new ShapeClass(
              64,
              64,
              128,
              256,
              ShapeClass.Masking.FULL,
              true,
              1,
              false,
              ElementType.F32,
              ElementType.F32,
              false),
          "COLUMN=4 ROW=2",
          90,
          "COLUMN=1 ROW=1",
          100,
          1.11,
          1.09,
          true,
          "B1 H8 S100 D64 full",
          "2026-01-01T00:00:00Z");

  static DeviceInfo device(String driver) {
    return new DeviceInfo(
        "abacus",
        0,
        "Abacus 2000",
        DeviceInfo.Kind.CPU,
        driver,
        2,
        1 << 30,
        0,
        1,
        List.of(),
        Map.of());
  }

  @Override
  public String name() {
    return "BEADS";
  }

  @Override
  public String backend() {
    return "abacus";
  }

  @Override
  public Support supports(AttentionSpec spec, DeviceInfo device) {
    return Support.yes();
  }

  @Override
  public List<TuningParameter> tuningParameters() {
    return List.of(
        TuningParameter.of("ROW", "beads of a row", 1, 2),
        TuningParameter.of("COLUMN", "beads of a column", 1, 4));
  }

  @Override
  public Tuning defaultTuning(AttentionSpec spec, DeviceInfo device) {
    return Tuning.parse("ROW=1 COLUMN=1");
  }

  @Override
  public long scratchBytes(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return 0;
  }

  @Override
  public String scratchFormula() {
    return "0";
  }
}
