package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Footprint;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.run.CacheGrid;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.QuickGrid;
import io.github.attn4j.core.run.TypeGrid;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How {@code flash_split_kv} divides work, and that any division gives the same attention: for
 * devices of more units than there are here, and for GPUs.
 */
class KeySplitTest {
  private static final OpenClKernel KERNEL = OpenClKernel.FLASH_SPLIT_KV;
  private static final AttentionSpec DECODE = grouped(32, 8, 1, 16384).build();

  @Test
  void partsAreAsManyAsTheDeviceNeeds() {
    DeviceInfo twoCores = device(DeviceInfo.Kind.CPU, 2, 1, 32 << 10);
    assertThat(split(DECODE, twoCores)).isEqualTo(new KeySplit(1, 32, 1, 1, 0));
    AttentionSpec oneHead = grouped(4, 1, 1, 16384).build();
    assertThat(split(oneHead, twoCores).parts()).isEqualTo(8);
    AttentionSpec shortOne = grouped(4, 1, 1, 130).build();
    assertThat(split(shortOne, twoCores).parts()).isEqualTo(3);
    AttentionSpec window = grouped(4, 1, 1, 16384).mask(Mask.window(127, 0)).build();
    assertThat(split(window, twoCores).parts()).isEqualTo(2);
    AttentionSpec empty = grouped(4, 1, 1, 99).keyLengths(List.of(0)).build();
    assertThat(split(empty, twoCores).parts()).isEqualTo(1);
    DeviceInfo gpu = device(DeviceInfo.Kind.GPU, 132, 1024, 48 << 10);
    assertThat(split(DECODE, gpu)).isEqualTo(new KeySplit(128, 4, 1, 132, 0));
    assertThat(split(oneHead, gpu).parts()).isEqualTo(256);
  }

  /** By hand: 32 rows of 4 + 8 + 2 vectors, 4 rows of two tiles and a scale, 32 keys. */
  @Test
  void theTunerIsToldWhatAnItemKeepsOnACpu() {
    AttentionSpec spec = grouped(32, 8, 9, 500).dims(64, 100).build();
    DeviceInfo cpu = device(DeviceInfo.Kind.CPU, 2, 4096, 32 << 10);
    Footprint footprint = KERNEL.footprint(spec, cpu, KERNEL.defaultTuning(spec, cpu));
    assertThat(footprint.groupBytes())
        .isEqualTo(32 * 14 * 64 + 4 * 4 * (2 * 32 + 1) + 4 * 32 * (64 + 100));
    assertThat(footprint.loadsPerFma()).isEqualTo(0.5);
    DeviceInfo gpu = device(DeviceInfo.Kind.GPU, 20, 256, 32 << 10);
    assertThat(KERNEL.footprint(spec, gpu, KERNEL.defaultTuning(spec, gpu)).groupBytes()).isZero();
  }

  /** Fixed parts count from key 0, so that a window of 128 keys may touch two, however long. */
  @Test
  void deterministicPartsFollowFromTheKeysAlone() {
    AttentionSpec decode = DECODE.toBuilder().deterministic(true).build();
    AttentionSpec shortOne =
        grouped(32, 8, 1, 16384).keyLengths(List.of(99)).deterministic(true).build();
    AttentionSpec window = decode.toBuilder().mask(Mask.window(127, 0)).build();
    AttentionSpec acrossTwo = window.toBuilder().queryOffsets(List.of(1050)).build();
    for (int units : new int[] {1, 132}) {
      for (DeviceInfo.Kind kind : List.of(DeviceInfo.Kind.CPU, DeviceInfo.Kind.GPU)) {
        DeviceInfo device = device(kind, units, 1024, 48 << 10);
        assertThat(split(decode, device).parts()).isEqualTo(16);
        assertThat(split(shortOne, device).parts()).isEqualTo(1);
        assertThat(split(shortOne, device).merges()).as("or its neighbours would tell").isTrue();
        assertThat(split(window, device).parts()).isEqualTo(1);
        assertThat(split(acrossTwo, device).parts()).isEqualTo(2);
      }
    }
    // Neighbours with more queries would make larger blocks otherwise.
    DeviceInfo gpu = device(DeviceInfo.Kind.GPU, 20, 256, 32 << 10);
    AttentionSpec chunk = grouped(32, 8, 9, 500).deterministic(true).build();
    assertThat(blockRows(chunk, gpu)).isEqualTo(4);
  }

  @Test
  void blocksOfRowsFollowTheRowsAndTheLocalMemory() {
    DeviceInfo gpu = device(DeviceInfo.Kind.GPU, 20, 256, 32 << 10);
    assertThat(blockRows(DECODE, gpu)).isEqualTo(4);
    assertThat(blockRows(grouped(32, 8, 2, 500).build(), gpu)).isEqualTo(8);
    assertThat(blockRows(grouped(32, 8, 9, 500).build(), gpu)).isEqualTo(16);
    AttentionSpec wide = grouped(32, 8, 9, 500).dim(256).build();
    assertThat(blockRows(wide, gpu)).isEqualTo(8);
    DeviceInfo small = device(DeviceInfo.Kind.GPU, 20, 256, 8 << 10);
    assertThat(KERNEL.supports(wide, small))
        .isInstanceOfSatisfying(
            Support.No.class,
            no ->
                assertThat(no.reason())
                    .contains("needs 11792 bytes of local memory and work-groups of 128")
                    .contains("has 8192 and 256")
                    .contains("smaller BLOCK_ROWS and BLOCK_KV need less"));
    assertThat(KERNEL.supports(DECODE, device(DeviceInfo.Kind.GPU, 20, 64, 32 << 10)))
        .isInstanceOf(Support.No.class);
    assertThat(KERNEL.supports(grouped(32, 8, 1, 500).dims(64, 257).build(), gpu))
        .isInstanceOfSatisfying(
            Support.No.class,
            no ->
                assertThat(no.reason())
                    .contains("D and Dv up to 256, not 64 and 257")
                    .contains("opencl:flash takes", "opencl:online_softmax any"));
  }

  @Test
  void scratchHoldsOneOutputAMaximumAndASumForEveryPart() {
    DeviceInfo twoCores = device(DeviceInfo.Kind.CPU, 2, 1, 32 << 10);
    AttentionSpec spec = AttentionSpec.builder().lengths(3, 500).dims(64, 40).build();
    int parts = split(spec, twoCores).parts();
    assertThat(parts).isGreaterThan(1);
    assertThat(KERNEL.scratchBytes(spec, twoCores, KERNEL.defaultTuning(spec, twoCores)))
        .isEqualTo(4L * 3 * parts * (40 + 2));
    assertThat(KERNEL.scratchBytes(DECODE, twoCores, KERNEL.defaultTuning(DECODE, twoCores)))
        .isZero();
    assertThat(KERNEL.stages(DECODE, twoCores, KERNEL.defaultTuning(DECODE, twoCores))).hasSize(1);
  }

  /** 1 unit splits least, 1000 as much as the kernel ever does. */
  @ParameterizedTest
  @ValueSource(ints = {1, 1000})
  void anyNumberOfPartsIsWithinTheBudget(int units) {
    try (OpenClSession session = session(DeviceInfo.Kind.CPU, units)) {
      requireRight(session, everySixth(casesOf(64)));
    }
  }

  @Test
  void theSplitIsInTheBitsButTheRunIsNot() {
    AttentionSpec spec =
        AttentionSpec.builder().heads(8, 2).lengths(1, 3000).dim(64).mask(Mask.causal()).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 5);
    List<AttentionOutput> outputs = new ArrayList<>();
    for (int units : new int[] {1, 40, 40}) {
      try (OpenClSession session = session(DeviceInfo.Kind.CPU, units);
          StagedInputs staged = session.stage(inputs);
          PreparedKernel prepared = session.prepare(KERNEL, staged)) {
        prepared.run();
        outputs.add(prepared.read());
        assertThat(KnownAnswers.of(inputs).compare(outputs.getLast()).passed()).isTrue();
      }
    }
    assertThat(outputs.get(2).o()).isEqualTo(outputs.get(1).o());
    assertThat(outputs.get(2).lse()).isEqualTo(outputs.get(1).lse());
    assertThat(outputs.get(1).o()).as("another split").isNotEqualTo(outputs.get(0).o());
  }

  /** The work-groups of GPUs, on whatever runs them here: a block of each number of rows. */
  @Test
  void theMappingForGpusIsWithinTheBudget() {
    try (OpenClSession session = session(DeviceInfo.Kind.GPU, 4)) {
      Map<Integer, List<GridCase>> byRows =
          casesOf(64).stream()
              .collect(Collectors.groupingBy(one -> blockRows(one.spec(), session.device())));
      assertThat(byRows).containsOnlyKeys(4, 8, 16);
      byRows.values().forEach(cases -> requireRight(session, everySixth(cases)));
      assertThat(evaluate(session, poisonedOnTheDiagonal())).isInstanceOf(Evaluation.Passed.class);
    }
  }

  /** Pages, 8-bit keys with their scales and packed queries in one program. */
  @Test
  void theMappingForGpusFollowsPagesAndScales() {
    List<GridCase> cases =
        CacheGrid.quick(1).stream()
            .filter(one -> one.spec().keyValueType() == ElementType.I8)
            .toList();
    try (OpenClSession session = session(DeviceInfo.Kind.GPU, 4)) {
      requireRight(session, cases);
    }
  }

  /** A case of each pair of types, and every placement. */
  @Test
  @Tag("exhaustive")
  void theMappingForGpusComputesEveryTypeAndPlacement() {
    List<GridCase> cases = new ArrayList<>(CacheGrid.quick(1));
    TypeGrid.small(1).stream()
        .filter(one -> one.name().equals("types causal lengths"))
        .forEach(cases::add);
    try (OpenClSession session = session(DeviceInfo.Kind.GPU, 4)) {
      requireRight(session, cases);
    }
  }

  /** Of those the ones in float32 and with 8-bit keys on pages: as many compilations fewer. */
  @Test
  @Tag("full")
  void theMappingForGpusComputesEveryPlacementAndCodesOnPages() {
    List<GridCase> cases =
        CacheGrid.quick(1).stream()
            .filter(one ->
                one.spec().keyValueType() == ElementType.F32
                    || one.spec().keyValueType() == ElementType.I8)
            .toList();
    assertThat(cases).hasSizeGreaterThan(15);
    try (OpenClSession session = session(DeviceInfo.Kind.GPU, 4)) {
      requireRight(session, cases);
    }
  }

  /** Mistakes that only the mapping for GPUs can have. */
  @ParameterizedTest
  @Tag("full")
  @CsvSource(
      delimiter = '|',
      value = {
        "acc[r] *= row_alpha[r];|;",
        "for (int n = 0; n < VALUE_ROWS; n++)|for (int n = 1; n < VALUE_ROWS; n++)",
        "? HEAD_DIM : 0;  // keys past|? HEAD_DIM - 1 : 0;  // keys past",
        "sum += partial[r_own * ROW_ITEMS + n];|sum += partial[n * BLOCK_ROWS + r_own];",
        "key_begin + BLOCK_KV <= first_end|key_begin <= first_end",
        "column += 4 * MERGE_ITEMS|column += 8 * MERGE_ITEMS"
      })
  void aMistakeInTheMappingForGpusIsNoticed(String text, String replacement) {
    List<String> wrong = new ArrayList<>();
    List<GridCase> cases =
        QuickGrid.cases(1).stream()
            .filter(one -> one.spec().canonicalMask().expression() == null)
            .filter(one -> one.spec().headDim() == one.spec().valueDim())
            .filter(one -> one.spec().headDim() == 64 || one.spec().headDim() == 256)
            .toList();
    try (OpenClSession session =
        session(DeviceInfo.Kind.GPU, 4, PlantedSource.replacing(text, replacement))) {
      if (evaluate(session, poisonedOnTheDiagonal()) instanceof Evaluation.Incorrect) {
        wrong.add("NaN on the diagonal");
      }
      for (GridCase gridCase : wrong.isEmpty() ? cases : List.<GridCase>of()) {
        if (evaluate(session, gridCase.inputs()) instanceof Evaluation.Incorrect) {
          wrong.add(gridCase.name());
          break;
        }
      }
    }
    assertThat(wrong).as("cases that notice %s", replacement).isNotEmpty();
  }

  /** Every case but most expressions: PoCL takes seconds to compile each. */
  @Test
  @Tag("full")
  void theMappingForGpusComputesEveryKindOfCase() {
    List<GridCase> cases = new ArrayList<>(casesOf(64));
    QuickGrid.cases(1).stream()
        .filter(one -> one.spec().headDim() != 64 || one.spec().valueDim() != 64)
        .filter(one -> one.family() == InputFamily.POISON_NAN)
        .forEach(cases::add);
    for (String name : List.of("document", "t5-bias")) {
      cases.add(
          QuickGrid.cases(1).stream()
              .filter(one -> one.name().contains(name) || one.spec().label().contains(name))
              .findFirst()
              .orElseThrow());
    }
    try (OpenClSession session = session(DeviceInfo.Kind.GPU, 4)) {
      requireRight(session, cases);
    }
  }

  private static AttentionSpecBuilder grouped(int heads, int kvHeads, int queries, int keys) {
    return AttentionSpec.builder().heads(heads, kvHeads).lengths(queries, keys).dim(128);
  }

  /** Those without expressions, of which each is a program of its own. */
  private static List<GridCase> casesOf(int dim) {
    return QuickGrid.cases(1).stream()
        .filter(one -> one.spec().headDim() == dim && one.spec().valueDim() == dim)
        .filter(one -> one.spec().canonicalMask().expression() == null)
        .toList();
  }

  /** From each group of the grid some. */
  private static List<GridCase> everySixth(List<GridCase> cases) {
    return IntStream.range(0, cases.size())
        .filter(index -> index % 6 == 0)
        .mapToObj(cases::get)
        .toList();
  }

  /** A value that is no number, in a tile of which some rows see it and others do not. */
  private static AttentionInputs poisonedOnTheDiagonal() {
    AttentionSpec spec =
        AttentionSpec.builder().heads(2, 1).length(100).dim(64).mask(Mask.causal()).build();
    AttentionInputs clean = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
    float[] v = clean.v().clone();
    v[AttentionInputs.rowIndex(spec.v(), 0, 0, 70) + 5] = Float.NaN;
    return new AttentionInputs(spec, "poisoned", clean.q(), clean.k(), v);
  }

  private static Evaluation evaluate(OpenClSession session, AttentionInputs inputs) {
    return Evaluator.evaluate(session, KERNEL, inputs, KnownAnswers.of(inputs));
  }

  private static void requireRight(OpenClSession session, List<GridCase> cases) {
    List<String> wrong = new ArrayList<>();
    for (GridCase gridCase : cases) {
      Evaluation evaluation = evaluate(session, gridCase.inputs());
      if (!(evaluation instanceof Evaluation.Passed)) {
        wrong.add(gridCase.name() + " " + gridCase.spec().label() + ": " + evaluation);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(cases).isNotEmpty();
  }

  private static KeySplit split(AttentionSpec spec, DeviceInfo device) {
    return KeySplit.of(spec, device, KERNEL.defaultTuning(spec, device));
  }

  private static int blockRows(AttentionSpec spec, DeviceInfo device) {
    return split(spec, device).blockRows();
  }

  /** The preferred device, described as another one. */
  private static OpenClSession session(DeviceInfo.Kind kind, int units) {
    return session(kind, units, KernelSource::load);
  }

  private static OpenClSession session(
      DeviceInfo.Kind kind, int units, UnaryOperator<String> sources) {
    return TestDevices.openDescribedAs(
        device -> described(device, kind, units, 1024, 32 << 10), sources);
  }

  private static DeviceInfo device(
      DeviceInfo.Kind kind, int units, int largestWorkGroup, long localBytes) {
    DeviceInfo any =
        new DeviceInfo(
            "opencl", 0, "made up", kind, "", units, 1L << 34, 0, 1, List.of(), Map.of());
    return described(any, kind, units, largestWorkGroup, localBytes);
  }

  /** A device, described as another one. */
  static DeviceInfo described(
      DeviceInfo device, DeviceInfo.Kind kind, int units, int largestWorkGroup, long localBytes) {
    return new DeviceInfo(
        device.backend(),
        device.index(),
        device.name(),
        kind,
        device.driver(),
        units,
        device.memoryBytes(),
        localBytes,
        largestWorkGroup,
        device.caches(),
        device.details());
  }
}
