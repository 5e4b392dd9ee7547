package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Deterministic specs: a sequence's result is the same, bit for bit, whatever the batch, the
 * placement, the number of workers and the run.
 */
class DeterminismTest {
  /** Within a part, on its edge and over several; far keys of the longest are hidden. */
  private static final List<Integer> LENGTHS = List.of(700, 1024, 1025, 37, 2500, 5000);

  /** Far keys are hidden, so that parts begin late. */
  private static final Mask WINDOW = Mask.window(1900, 0);

  /** As many as split least and most where the number of units decides. */
  private static final int[] UNITS = {1, 3, 1000};

  @Test
  void twoHundredShuffledBatchesGiveEverySequenceItsOwnBits() {
    Map<DrawnSequences.Placement, Integer> drawn =
        requireSameBits(
            OpenClKernel.FLASH_SPLIT_KV, DeviceInfo.Kind.CPU, few(ElementType.F32), 200);
    assertThat(drawn).as("batches of each placement").hasSize(4);
    assertThat(drawn.values()).allMatch(count -> count > 20);
  }

  @ParameterizedTest
  @CsvSource({
    "NAIVE, F32",
    "TILED_THREE_PASS, F32",
    "ONLINE_SOFTMAX, F32",
    "FLASH, F32",
    "FLASH_QUERY_LANES, F32",
    "FLASH_QUERY_LANES, F16",
    "FLASH_MMA, F16"
  })
  void everyKernelThatTakesDeterministicSpecsKeepsItsWord(OpenClKernel kernel, ElementType type) {
    assertThat(requireSameBits(kernel, DeviceInfo.Kind.CPU, prompts(type, type), 18))
        .as("batches of each placement")
        .hasSize(4);
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @CsvSource({
    "NAIVE, F16, I8",
    "TILED_THREE_PASS, BF16, BF16",
    "ONLINE_SOFTMAX, F16, F16",
    "FLASH, F16, F16",
    "FLASH, F32, F8E4M3",
    "FLASH_QUERY_LANES, BF16, I8",
    "FLASH_SPLIT_KV, F16, F16",
    "FLASH_MMA, BF16, BF16"
  })
  void otherTypesDoNotChangeThat(OpenClKernel kernel, ElementType query, ElementType keyValue) {
    requireSameBits(kernel, DeviceInfo.Kind.CPU, prompts(query, keyValue), 18);
  }

  /** The same pairs by a condition: along a block map, which is made of the whole batch. */
  @Tag("full")
  @ParameterizedTest
  @EnumSource(
      value = OpenClKernel.class,
      names = {"FLASH", "FLASH_QUERY_LANES", "FLASH_SPLIT_KV"})
  void kernelsThatFollowABlockMapKeepTheirWord(OpenClKernel kernel) {
    Mask condition = Mask.expression(MaskExpression.parse("k <= p && p - k <= 1900"));
    assertThat(
            differences(
                kernel,
                DeviceInfo.Kind.CPU,
                new DrawnSequences(
                    List.of(1, 2, 3), LENGTHS, ElementType.F32, ElementType.F32, condition),
                12,
                sources(),
                new EnumMap<>(DrawnSequences.Placement.class)))
        .isEmpty();
  }

  @Tag("full")
  @ParameterizedTest
  @CsvSource({"CPU, I8", "CPU, F16", "GPU, F32", "GPU, F8E4M3"})
  void everyMappingAndTypeKeepsItsWord(DeviceInfo.Kind kind, ElementType type) {
    requireSameBits(OpenClKernel.FLASH_SPLIT_KV, kind, few(type), 40);
  }

  /** A prompt may be cut into chunks anywhere, down to single queries. */
  @Test
  void aQueryHasTheSameBitsInAnyChunk() {
    assertThat(chunkedDiffers(sources())).isEmpty();
  }

  @Test
  void partsThatBeginAtTheFirstVisibleKeyAreNoticed() {
    assertThat(chunkedDiffers(PlantedSource.replacing("begin = begin / keys * keys;", ";")))
        .isNotEmpty();
  }

  @ParameterizedTest
  @Tag("full")
  @CsvSource(
      delimiter = '|',
      value = {
        // Whoever has one part only writes O itself, rounded another way.
        "params.key_parts == 1 && params.part_keys == 0|params.key_parts == 1",
        "int keys = params.part_keys;|int keys = 0;",
        "if (sums[2 * part + 1] != 0.0f) {|if (part < params.key_parts - 1) {"
      })
  void aMistakeIsNoticed(String text, String replacement) {
    UnaryOperator<String> planted = PlantedSource.replacing(text, replacement);
    assertThat(
            differences(
                OpenClKernel.FLASH_SPLIT_KV,
                DeviceInfo.Kind.CPU,
                few(ElementType.F32),
                30,
                planted,
                new EnumMap<>(DrawnSequences.Placement.class)))
        .isNotEmpty();
  }

  @Test
  void anyOtherTuningIsRefused() {
    try (OpenClSession session = session(DeviceInfo.Kind.CPU, 2, sources())) {
      AttentionSpec spec =
          AttentionSpec.builder().heads(4, 1).lengths(1, 3000).dim(64).deterministic(true).build();
      OpenClKernel kernel = OpenClKernel.FLASH_SPLIT_KV;
      Tuning own = kernel.defaultTuning(spec, session.device());
      assertThat(kernel.admits(own, spec, session.device())).isInstanceOf(Support.Yes.class);
      assertThat(kernel.admits(own.with("BLOCK_KV", 128), spec, session.device()))
          .isInstanceOfSatisfying(
              Support.No.class,
              no ->
                  assertThat(no.reason())
                      .contains("deterministic results come from its own tuning")
                      .contains("BLOCK_KV=128"));
    }
  }

  private static Map<DrawnSequences.Placement, Integer> requireSameBits(
      OpenClKernel kernel, DeviceInfo.Kind kind, DrawnSequences sequences, int batches) {
    Map<DrawnSequences.Placement, Integer> drawn = new EnumMap<>(DrawnSequences.Placement.class);
    assertThat(differences(kernel, kind, sequences, batches, sources(), drawn)).isEmpty();
    return drawn;
  }

  /** A few queries over a long cache each, as decoding has them. */
  private static DrawnSequences few(ElementType keyValueType) {
    return new DrawnSequences(List.of(1, 2, 3), LENGTHS, ElementType.F32, keyValueType, WINDOW);
  }

  /**
   * More queries than an item takes, behind a window that begins late: where tiles of keys begin
   * then follows from how queries are shared out.
   */
  private static DrawnSequences prompts(ElementType queryType, ElementType keyValueType) {
    return new DrawnSequences(
        List.of(200, 1, 130, 70),
        List.of(900, 700, 431, 1100, 256, 40),
        queryType,
        keyValueType,
        Mask.window(300, 0));
  }

  /** Sequences whose result in a batch is not the one they have alone. */
  private static List<String> differences(
      OpenClKernel kernel,
      DeviceInfo.Kind kind,
      DrawnSequences sequences,
      int batches,
      UnaryOperator<String> sources,
      Map<DrawnSequences.Placement, Integer> drawn) {
    Random random = new Random(8);
    List<String> different = new ArrayList<>();
    List<float[]> own = new ArrayList<>();
    for (int units : UNITS) {
      try (OpenClSession session = session(kernel, kind, units, sources)) {
        TestDevices.assumeSupported(kernel, sequences.alone().getFirst().spec(), session);
        if (own.isEmpty()) {
          for (AttentionInputs alone : sequences.alone()) {
            AttentionOutput output = DrawnSequences.run(session, kernel, alone);
            own.add(DrawnSequences.resultOf(alone.spec(), output, 0));
          }
        }
        for (int n = 0; n < Math.ceilDiv(batches, UNITS.length); n++) {
          DrawnSequences.Batch batch = sequences.draw(random);
          drawn.merge(batch.placement(), 1, Integer::sum);
          AttentionSpec spec = batch.inputs().spec();
          AttentionOutput output = DrawnSequences.run(session, kernel, batch.inputs());
          for (int b = 0; b < spec.batch(); b++) {
            int sequence = batch.members().get(b);
            if (!Arrays.equals(DrawnSequences.resultOf(spec, output, b), own.get(sequence))) {
              different.add(
                  "sequence %d of %s, %s with %d units"
                      .formatted(sequence, batch.members(), batch.placement(), units));
            }
          }
        }
      }
    }
    return different;
  }

  /** Queries whose result depends on the chunk that they come in. */
  private static List<String> chunkedDiffers(UnaryOperator<String> sources) {
    int queries = 40;
    AttentionSpec whole =
        AttentionSpec.builder()
            .heads(4, 2)
            .lengths(queries, 3000)
            .dim(64)
            .mask(Mask.window(1500, 0))
            .deterministic(true)
            .build();
    AttentionInputs inputs = AttentionInputs.generate(whole, InputFamily.NORMAL, 8);
    List<String> different = new ArrayList<>();
    try (OpenClSession session = session(DeviceInfo.Kind.CPU, 2, sources)) {
      AttentionOutput together = DrawnSequences.run(session, OpenClKernel.FLASH_SPLIT_KV, inputs);
      for (int first = 0; first < queries; first += 13) {
        AttentionSpec one =
            whole.toBuilder()
                .lengths(1, 3000)
                .layouts(whole.q(), whole.k(), whole.v(), whole.o())
                .queryLengths(List.of(1))
                .queryOffsets(List.of(whole.queryOffsets().getFirst() + first))
                .build();
        float[] q = inputs.q().clone();
        for (int h = 0; h < whole.queryHeads(); h++) {
          System.arraycopy(
              inputs.q(), whole.queryRow(0, h, first), q, one.queryRow(0, h, 0), whole.headDim());
        }
        AttentionOutput alone =
            DrawnSequences.run(
                session,
                OpenClKernel.FLASH_SPLIT_KV,
                new AttentionInputs(one, "one query", q, inputs.k(), inputs.v()));
        for (int h = 0; h < whole.queryHeads(); h++) {
          int from = whole.outputRow(0, h, first);
          int to = one.outputRow(0, h, 0);
          if (!Arrays.equals(
                  together.o(), from, from + whole.valueDim(), alone.o(), to, to + one.valueDim())
              || together.lse()[whole.lseIndex(0, h, first)] != alone.lse()[h]) {
            different.add("query %d of head %d".formatted(first, h));
          }
        }
      }
      assertThat(Expected.of(inputs).compare(together).passed()).isTrue();
    }
    return different;
  }

  private static UnaryOperator<String> sources() {
    return KernelSource::load;
  }

  private static OpenClSession session(
      DeviceInfo.Kind kind, int units, UnaryOperator<String> sources) {
    return session(OpenClKernel.FLASH_SPLIT_KV, kind, units, sources);
  }

  /** A device described with so many units; with emulated tensor cores where a kernel needs any. */
  private static OpenClSession session(
      OpenClKernel kernel, DeviceInfo.Kind kind, int units, UnaryOperator<String> sources) {
    return TestDevices.openDescribedAs(
        device -> {
          DeviceInfo described = KeySplitTest.described(device, kind, units, 1024, 32 << 10);
          return kernel == OpenClKernel.FLASH_MMA && !MatrixUnits.of(device).usable()
              ? TestDevices.emulatingTensorCores(described)
              : described;
        },
        sources);
  }
}
