package io.github.attn4j.core.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StoredTuningsTest {
  private static final TuningRecord RECORD = TunableVariant.RECORD;
  private static final TunableVariant VARIANT = new TunableVariant(RECORD.source());
  private static final DeviceInfo DEVICE = TunableVariant.device(RECORD.driver());
  private static final AttentionSpec SPEC =
      AttentionSpec.builder().heads(8).length(100).dim(64).build();
  private static final Tuning OWN = VARIANT.defaultTuning(SPEC, DEVICE);

  private final List<String> complaints = new ArrayList<>();

  private StoredTunings stored(TuningRecord record) {
    return stored(record, StoredTunings.Recheck.NONE);
  }

  private StoredTunings stored(TuningRecord record, StoredTunings.Recheck recheck) {
    return new StoredTunings(
        List.of(record), "FILE", recheck, Tunings.OF_THE_KERNELS, complaints::add);
  }

  private static TuningRecord record(String device, String driver, String source, String tuning) {
    return record(device, driver, source, tuning, RECORD.defaultTuning());
  }

  private static TuningRecord record(
      String device, String driver, String source, String tuning, String defaultTuning) {
    return new TuningRecord(
        RECORD.backend(),
        device,
        driver,
        RECORD.computeUnits(),
        RECORD.kernel(),
        source,
        RECORD.shapes(),
        tuning,
        RECORD.nanos(),
        defaultTuning,
        RECORD.defaultNanos(),
        RECORD.speedup(),
        RECORD.speedupLow(),
        RECORD.complete(),
        RECORD.measuredOn(),
        RECORD.measuredAt());
  }

  @Test
  void aRecordOfThisDeviceDriverSourceAndClassIsUsed() {
    assertThat(stored(RECORD).of(VARIANT, SPEC, DEVICE)).isEqualTo(Tuning.parse(RECORD.tuning()));
    assertThat(complaints).isEmpty();
  }

  @Test
  void anotherClassOfShapesHasItsOwn() {
    for (AttentionSpec other :
        List.of(
            AttentionSpec.builder().heads(8).length(100).dims(64, 32).build(),
            AttentionSpec.builder().heads(8).length(129).dim(64).build(),
            AttentionSpec.builder().heads(8).lengths(100, 257).dim(64).build(),
            AttentionSpec.builder().heads(8).length(100).dim(64).mask(Mask.causal()).build(),
            AttentionSpec.builder().heads(1).length(100).dim(64).build(),
            AttentionSpec.builder().heads(8, 4).length(100).dim(64).build(),
            AttentionSpec.builder().heads(8, 1).length(100).dim(64).build(),
            AttentionSpec.builder()
                .heads(8)
                .length(100)
                .dim(64)
                .scoreModifier(ScoreModifier.expression(ScoreExpression.parse("s - slope(h)")))
                .build())) {
      assertThat(stored(RECORD).of(VARIANT, other, DEVICE)).as(other.label()).isEqualTo(OWN);
    }
    assertThat(complaints).isEmpty();
  }

  @Test
  void aDeviceWithOtherComputeUnitsHasItsOwn() {
    DeviceInfo larger =
        new DeviceInfo(
            DEVICE.backend(),
            DEVICE.index(),
            DEVICE.name(),
            DEVICE.kind(),
            DEVICE.driver(),
            DEVICE.computeUnits() + 1,
            DEVICE.memoryBytes(),
            DEVICE.localBytes(),
            DEVICE.largestWorkGroup(),
            DEVICE.caches(),
            DEVICE.details());
    assertThat(stored(RECORD).of(VARIANT, SPEC, larger)).isEqualTo(OWN);
    assertThat(complaints).isEmpty();
  }

  @Test
  void aRecordOfAnotherDriverIsPassedOverWithAWordOnce() {
    StoredTunings tunings = stored(RECORD);
    DeviceInfo other = TunableVariant.device("driver 2");
    assertThat(tunings.of(VARIANT, SPEC, other)).isEqualTo(OWN);
    assertThat(tunings.of(VARIANT, SPEC, other)).isEqualTo(OWN);
    assertThat(complaints)
        .containsExactly(
            "the tuning 'COLUMN=4 ROW=2' of abacus:beads on Abacus 2000, D64 Dv64 Sq<=128 Skv<=256 full in FILE"
                + " is not used: it was measured with driver 'driver 1', and this is 'driver 2'."
                + " ./attn tune --kernel abacus:beads measures it anew, --untuned asks for none");
  }

  @Test
  void aRecordOfThisDriverCountsBesideOneOfAnother() {
    StoredTunings tunings =
        new StoredTunings(
            List.of(record(RECORD.device(), "driver 0", RECORD.source(), "COLUMN=1 ROW=2"), RECORD),
            "FILE",
            StoredTunings.Recheck.NONE,
            Tunings.OF_THE_KERNELS,
            complaints::add);
    assertThat(tunings.of(VARIANT, SPEC, DEVICE)).isEqualTo(Tuning.parse(RECORD.tuning()));
    assertThat(complaints).isEmpty();
  }

  @Test
  void aRecordOfAnotherSourceIsPassedOver() {
    assertThat(stored(RECORD).of(new TunableVariant("edited"), SPEC, DEVICE)).isEqualTo(OWN);
    assertThat(complaints).singleElement().asString().contains("source has changed");
  }

  @Test
  void aRecordThatTheKernelDoesNotAdmitIsPassedOver() {
    TuningRecord impossible =
        record(RECORD.device(), RECORD.driver(), RECORD.source(), "COLUMN=3 ROW=2");
    assertThat(stored(impossible).of(VARIANT, SPEC, DEVICE)).isEqualTo(OWN);
    assertThat(complaints)
        .singleElement()
        .asString()
        .contains("COLUMN of abacus:beads is 3, and may be one of [1, 4]");
  }

  @Test
  void aRecordThatFailsItsCheckIsPassedOver() {
    StoredTunings tunings =
        stored(RECORD, (variant, tuning, spec, device) -> Optional.of("row 7 is wrong"));
    assertThat(tunings.of(VARIANT, SPEC, DEVICE)).isEqualTo(OWN);
    assertThat(complaints)
        .singleElement()
        .asString()
        .contains("it fails its check: row 7 is wrong")
        .contains("./attn tune --kernel abacus:beads");
  }

  @Test
  void theUsersGoBeforeWhatShipsAndThatBeforeTheKernelsOwn() {
    TuningRecord shippedRecord = record("Aba*", "*", RECORD.source(), "COLUMN=1 ROW=2");
    StoredTunings shipped = stored(shippedRecord);
    assertThat(shipped.of(VARIANT, SPEC, DEVICE)).isEqualTo(Tuning.parse("COLUMN=1 ROW=2"));
    TuningRecord againstShipped =
        record(
            RECORD.device(), RECORD.driver(), RECORD.source(), RECORD.tuning(), "COLUMN=1 ROW=2");
    StoredTunings users =
        new StoredTunings(
            List.of(againstShipped), "USER", StoredTunings.Recheck.NONE, shipped, complaints::add);
    assertThat(users.of(VARIANT, SPEC, DEVICE)).isEqualTo(Tuning.parse(RECORD.tuning()));
    StoredTunings failing =
        new StoredTunings(
            List.of(againstShipped),
            "USER",
            (variant, tuning, spec, device) -> Optional.of("wrong"),
            shipped,
            complaints::add);
    assertThat(failing.of(VARIANT, SPEC, DEVICE)).isEqualTo(Tuning.parse("COLUMN=1 ROW=2"));
  }

  /** It beat the kernel's default; that it beats what ships nobody has measured. */
  @Test
  void aRecordAgainstAnotherDefaultIsPassedOver() {
    StoredTunings shipped = stored(record("Aba*", "*", RECORD.source(), "COLUMN=1 ROW=2"));
    StoredTunings users =
        new StoredTunings(
            List.of(RECORD), "USER", StoredTunings.Recheck.NONE, shipped, complaints::add);
    assertThat(users.of(VARIANT, SPEC, DEVICE)).isEqualTo(Tuning.parse("COLUMN=1 ROW=2"));
    assertThat(complaints)
        .singleElement()
        .asString()
        .contains("it was measured against 'COLUMN=1 ROW=1', and without it 'COLUMN=1 ROW=2' runs");
  }

  /** Otherwise what ships later, or a better default of the kernel's, would never run. */
  @Test
  void aRecordThatTheDefaultStayedChoosesNothing() {
    StoredTunings shipped = stored(record("Aba*", "*", RECORD.source(), "COLUMN=1 ROW=2"));
    StoredTunings users =
        new StoredTunings(
            List.of(
                record(RECORD.device(), RECORD.driver(), RECORD.source(), RECORD.defaultTuning())),
            "USER",
            StoredTunings.Recheck.NONE,
            shipped,
            complaints::add);
    assertThat(users.of(VARIANT, SPEC, DEVICE)).isEqualTo(Tuning.parse("COLUMN=1 ROW=2"));
    assertThat(complaints).isEmpty();
  }

  @Test
  void aPatternIsMatchedWholeAndLiterally() {
    DeviceInfo device = TunableVariant.device("3.1+x");
    assertThat(
            stored(record("*2000", "3.1+*", RECORD.source(), "COLUMN=1 ROW=2"))
                .of(VARIANT, SPEC, device))
        .isEqualTo(Tuning.parse("COLUMN=1 ROW=2"));
    assertThat(
            stored(record("Abacus", "*", RECORD.source(), "COLUMN=1 ROW=2"))
                .of(VARIANT, SPEC, device))
        .isEqualTo(OWN);
  }
}
