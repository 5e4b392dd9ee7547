package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.input.PageTables;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import io.github.attn4j.testing.Required;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every kernel that a GPU may run, compiled for NVIDIA's without one: private arrays must have
 * become registers, local memory must be what the host believes, and memory must be read in
 * vectors.
 */
@Tag("full")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NvptxTest {
  private static final int DEFAULT_LOCAL_BYTES = 48 << 10;

  /** What an H200 answers through OpenCL. */
  private static final DeviceInfo NVIDIA =
      TestDevices.gpu("NVIDIA Corporation", DEFAULT_LOCAL_BYTES, 1024);

  private static final DeviceInfo TENSOR_CORES = TestDevices.tensorCoreGpu("9.0");

  private static final DeviceInfo AMD =
      TestDevices.gpu("Advanced Micro Devices, Inc.", 64 << 10, 256);

  @TempDir Path folder;
  private Nvptx nvptx;
  private final Map<String, Ptx> compiled = new ConcurrentHashMap<>();

  /** A kernel, what it is built for, and which device's defaults it gets. */
  record Program(OpenClKernel kernel, AttentionSpec spec, DeviceInfo device) {
    Tuning tuning() {
      return kernel.defaultTuning(spec, device);
    }

    String options() {
      return kernel.buildOptions(spec, device, tuning(), SequenceWords.of(spec));
    }

    String source() {
      return SequenceWords.of(spec).prologue() + KernelSource.load(kernel.file());
    }

    @Override
    public String toString() {
      return "%s of %s, D %d%s%s"
          .formatted(
              kernel.id(),
              device.name(),
              spec.headDim(),
              storage(spec),
              SequenceWords.of(spec).prologue().isEmpty() ? "" : ", expressions");
    }
  }

  @BeforeAll
  void find() {
    try {
      nvptx = Nvptx.find();
    } catch (BackendException.Unavailable e) {
      nvptx = Required.abort("nvptx", String.valueOf(e.getMessage()));
    }
  }

  static Stream<Program> programs() {
    List<Program> programs = new ArrayList<>();
    for (OpenClKernel kernel : OpenClKernel.values()) {
      for (int dim : new int[] {64, 128}) {
        programs.add(new Program(kernel, plain(dim), NVIDIA));
      }
      programs.add(new Program(kernel, withExpressions(64), NVIDIA));
    }
    programs.add(new Program(OpenClKernel.FLASH, withExpressions(128), NVIDIA));
    programs.add(new Program(OpenClKernel.FLASH, plain(256), NVIDIA));
    programs.add(new Program(OpenClKernel.FLASH, plain(80), NVIDIA));
    programs.add(new Program(OpenClKernel.FLASH, plain(128), AMD));
    for (int dim : new int[] {64, 128}) {
      AttentionSpec half = plain(dim).toBuilder().storage(ElementType.F16).build();
      programs.add(new Program(OpenClKernel.FLASH, half, NVIDIA));
      programs.add(new Program(OpenClKernel.FLASH, onPages(half, ElementType.I8), NVIDIA));
    }
    AttentionSpec brain = plain(128).toBuilder().storage(ElementType.BF16).build();
    programs.add(new Program(OpenClKernel.FLASH, onPages(brain, ElementType.BF16), NVIDIA));
    // Blocks of 4 and of 8 rows, and the most dimensions.
    AttentionSpec decode = AttentionSpec.builder().heads(8).lengths(1, 4096).dim(128).build();
    programs.add(new Program(OpenClKernel.FLASH_SPLIT_KV, decode, NVIDIA));
    programs.add(
        new Program(OpenClKernel.FLASH_SPLIT_KV, decode.toBuilder().heads(8, 1).build(), NVIDIA));
    programs.add(new Program(OpenClKernel.FLASH_SPLIT_KV, plain(256), NVIDIA));
    for (ElementType type : List.of(ElementType.F16, ElementType.BF16)) {
      programs.add(new Program(OpenClKernel.FLASH_MMA, typed(plain(64), type), TENSOR_CORES));
    }
    for (AttentionSpec spec : List.of(plain(128), plain(256), withExpressions(128))) {
      programs.add(new Program(OpenClKernel.FLASH_MMA, typed(spec, ElementType.F16), TENSOR_CORES));
    }
    // What is the same for every dimension is one program.
    Map<String, Program> distinct = new java.util.LinkedHashMap<>();
    programs.stream()
        .filter(program ->
            program.kernel().supports(program.spec(), program.device()) instanceof Support.Yes)
        .forEach(program -> distinct.putIfAbsent(program.source() + program.options(), program));
    return distinct.values().stream();
  }

  /** What a GPU runs unless it is told otherwise; each takes seconds to compile. */
  static Stream<Program> shipped() {
    AttentionSpec half = plain(128).toBuilder().storage(ElementType.F16).build();
    AttentionSpec decode = AttentionSpec.builder().heads(8).lengths(1, 4096).dim(128).build();
    return Stream.of(
        new Program(OpenClKernel.NAIVE, plain(64), NVIDIA),
        new Program(OpenClKernel.ONLINE_SOFTMAX, plain(64), NVIDIA),
        new Program(OpenClKernel.TILED_THREE_PASS, plain(64), NVIDIA),
        new Program(OpenClKernel.FLASH, plain(64), NVIDIA),
        new Program(OpenClKernel.FLASH, half, NVIDIA),
        new Program(OpenClKernel.FLASH, plain(128), AMD),
        new Program(OpenClKernel.FLASH_SPLIT_KV, decode, NVIDIA),
        new Program(OpenClKernel.FLASH_MMA, half, TENSOR_CORES));
  }

  static Stream<Program> splits() {
    return shipped().filter(program -> program.kernel() == OpenClKernel.FLASH_SPLIT_KV);
  }

  static Stream<Program> flash() {
    return shipped().filter(program -> program.kernel() == OpenClKernel.FLASH);
  }

  static Stream<Program> tensorCorePrograms() {
    return shipped().filter(program -> program.kernel() == OpenClKernel.FLASH_MMA);
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @MethodSource("programs")
  void everyProgramIsLikeTheShippedOnes(Program program) {
    privateArraysAreRegisters(program);
    switch (program.kernel()) {
      case FLASH -> {
        localMemoryIsWhatTheHostBelieves(program);
        memoryIsReadInVectors(program);
      }
      case FLASH_SPLIT_KV -> localMemoryOfASplitOfKeysIsWhatTheHostBelieves(program);
      case FLASH_MMA -> tensorCoresAreFed(program);
      default -> {}
    }
    nothingSpills(program);
  }

  /** Both products and the loads that feed them, with no loop left around them within a tile. */
  @ParameterizedTest
  @MethodSource("tensorCorePrograms")
  void tensorCoresAreFed(Program program) {
    MmaTiles tiles = MmaTiles.of(program.tuning());
    Ptx ptx = ptx(program);
    int rowTiles = tiles.warpRows() / 16;
    int keySteps = tiles.blockKeys() / 16;
    int dimSteps = Math.ceilDiv(program.spec().headDim(), 16);
    int valueSteps = Math.ceilDiv(program.spec().valueDim(), 16);
    int products = 2 * rowTiles * keySteps * (dimSteps + valueSteps);
    String type = program.spec().queryType() == ElementType.F16 ? "f16" : "bf16";
    assertThat(
            ptx.count(
                "mma\\.sync\\.aligned\\.m16n8k16\\.row\\.col\\.f32\\.%s\\.%s\\.f32"
                    .formatted(type, type)))
        .isGreaterThanOrEqualTo(products);
    int queries = tiles.localQueries() ? rowTiles * dimSteps : 0;
    assertThat(ptx.count("ldmatrix\\.sync\\.aligned\\.m8n8\\.x4\\.shared"))
        .isEqualTo(keySteps * dimSteps + queries);
    // Once more where marks are made of values that are no numbers.
    assertThat(ptx.count("ldmatrix\\.sync\\.aligned\\.m8n8\\.x4\\.trans"))
        .isEqualTo(2 * keySteps * valueSteps);
    assertThat(ptx.count("cp\\.async\\.cg\\.shared\\.global")).isPositive();
    assertThat(ptx.count("cp\\.async\\.wait_group")).isPositive();
    assertThat(ptx.sharedBytes())
        .isEqualTo((int) tiles.localBytes(program.spec(), MatrixUnits.TENSOR_CORES));
  }

  @Test
  void tensorCoresAreFedOnEveryArchitectureThatHasThem() {
    Assumptions.assumeTrue(
        nvptx.ptxas().isPresent(), "no ptxas on PATH, which comes with NVIDIA's CUDA toolkit");
    Program program =
        new Program(OpenClKernel.FLASH_MMA, typed(plain(128), ElementType.F16), TENSOR_CORES);
    for (String architecture : List.of("sm_80", "sm_90")) {
      Ptx.Assembled kernel = nvptx.assemble(ptx(program), architecture, folder).getFirst();
      assertThat(kernel.spilledBytes()).as(architecture).isZero();
    }
  }

  /** Only where a kernel says so: rows of Q and O, or results that are stored one by one. */
  @ParameterizedTest
  @MethodSource("shipped")
  void privateArraysAreRegisters(Program program) {
    int inMemory =
        switch (program.kernel()) {
          case ONLINE_SOFTMAX -> 4 * (program.spec().headDim() + program.spec().valueDim());
          case TILED_THREE_PASS -> 4 * 16;
          default -> 0;
        };
    assertThat(ptx(program).privateBytes()).isLessThanOrEqualTo(inMemory);
  }

  @ParameterizedTest
  @MethodSource("flash")
  void localMemoryIsWhatTheHostBelieves(Program program) {
    FlashTiles tiles = FlashTiles.of(program.tuning());
    assertThat(ptx(program).sharedBytes()).isEqualTo((int) tiles.localBytes(program.spec()));
  }

  @ParameterizedTest
  @MethodSource("splits")
  void localMemoryOfASplitOfKeysIsWhatTheHostBelieves(Program program) {
    assertThat(ptx(program).sharedBytes())
        .isEqualTo((int) KeySplit.localBytes(program.spec(), program.tuning()));
  }

  /** The inner loops: nothing but vectors from local memory and multiply-adds. */
  @ParameterizedTest
  @MethodSource("flash")
  void memoryIsReadInVectors(Program program) {
    FlashTiles tiles = FlashTiles.of(program.tuning());
    Ptx ptx = ptx(program);
    int items = tiles.items();
    int valueVectors = Math.ceilDiv(program.spec().valueDim(), 4 * tiles.xItems());
    int rowVectors = tiles.itemRows() / 4;
    int keyVectors = tiles.blockKeys() / (4 * tiles.xItems());
    int vectors = tiles.sliceDims() * keyVectors + tiles.sliceKeys() * valueVectors;
    assertThat(ptx.count("fma\\.rn\\.f32")).isGreaterThanOrEqualTo(vectors * 4 * tiles.itemRows());
    assertThat(ptx.count("ld\\.shared\\.v4\\.f32"))
        .isGreaterThanOrEqualTo(vectors + (tiles.sliceDims() + tiles.sliceKeys()) * rowVectors);
    // One score at a time only where masks are asked for.
    assertThat(ptx.count("ld\\.shared\\.f32")).isLessThanOrEqualTo(2);
    // The first and the next slice of K, the next slice of V.
    int fetched = 2 * tiles.blockKeys() * tiles.sliceDims() / (4 * items) + valueVectors;
    assertThat(ptx.count("ld\\.global(\\.nc)?\\.v4\\." + word(program.spec().keyValueType())))
        .isGreaterThanOrEqualTo(fetched);
    assertThat(ptx.count("st\\.global\\.v4\\." + word(program.spec().queryType())))
        .isGreaterThanOrEqualTo(
            tiles.itemRows() * (program.spec().valueDim() / 4 / tiles.xItems()));
  }

  @ParameterizedTest
  @MethodSource("shipped")
  void nothingSpills(Program program) {
    Assumptions.assumeTrue(
        nvptx.ptxas().isPresent(), "no ptxas on PATH, which comes with NVIDIA's CUDA toolkit");
    List<Ptx.Assembled> kernels = nvptx.assemble(ptx(program), folder);
    assertThat(kernels).isNotEmpty();
    for (Ptx.Assembled kernel : kernels) {
      System.out.printf(
          "%s: %s takes %d registers, %d bytes of local memory, spills %d bytes%n",
          program,
          kernel.kernel(),
          kernel.registers(),
          kernel.sharedBytes(),
          kernel.spilledBytes());
      assertThat(kernel.spilledBytes()).as(kernel.kernel()).isZero();
      assertThat(kernel.sharedBytes()).as(kernel.kernel()).isLessThanOrEqualTo(DEFAULT_LOCAL_BYTES);
    }
    assertThat(kernels.stream().mapToInt(Ptx.Assembled::sharedBytes).sum())
        .isEqualTo(ptx(program).sharedBytes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "support/fma_ceiling.cl",
        "support/read_bandwidth.cl",
        DeviceBlockEnumerator.FILE,
      })
  void supportFilesKeepNothingInMemory(String file) {
    SequenceWords words = SequenceWords.of(withExpressions(64));
    String prologue = file.equals(DeviceBlockEnumerator.FILE) ? words.prologue() : "";
    Ptx ptx =
        nvptx.compile(prologue + KernelSource.load(file), "-cl-std=CL1.2 -cl-mad-enable", folder);
    assertThat(ptx.privateBytes()).isZero();
    assertThat(ptx.text()).contains(".entry");
  }

  @Test
  void wouldFindABlockThatIsIndexedAtRunTime() {
    Ptx planted =
        planted(
            "product + 4 * (i * column_vectors + n)",
            "product + 4 * ((i + get_group_id(0)) % ROW_VECTORS * column_vectors + n)");
    assertThat(planted.privateBytes()).isGreaterThanOrEqualTo(4 * 64);
  }

  @Test
  void wouldFindLocalMemoryThatTheHostDoesNotKnowOf() {
    Ptx planted = planted("__local int seen_step[2];", "__local int seen_step[4];");
    Program program = new Program(OpenClKernel.FLASH, plain(64), NVIDIA);
    assertThat(planted.sharedBytes())
        .isNotEqualTo((int) FlashTiles.of(program.tuning()).localBytes(program.spec()));
  }

  @Test
  void wouldFindReadsOfSingleFloats() {
    Ptx planted =
        planted("return *(__global const tensor##_element4 *)from;", "return vload4(0, from);");
    assertThat(planted.count("ld\\.global(\\.nc)?\\.v4\\.f32"))
        .isLessThan(
            ptx(new Program(OpenClKernel.FLASH, plain(64), NVIDIA))
                .count("ld\\.global(\\.nc)?\\.v4\\.f32"));
  }

  @Test
  void wouldFindASpill() {
    Assumptions.assumeTrue(
        nvptx.ptxas().isPresent(), "no ptxas on PATH, which comes with NVIDIA's CUDA toolkit");
    // 8 x 16 outputs beside 8 x 8 scores: more than 255 registers hold.
    Program program = new Program(OpenClKernel.FLASH, plain(128), NVIDIA);
    Tuning tuning = program.tuning().with("X_ITEMS", 8);
    String options =
        program
            .kernel()
            .buildOptions(program.spec(), NVIDIA, tuning, SequenceWords.of(program.spec()));
    Ptx ptx = nvptx.compile(program.source(), options, folder);
    assertThat(nvptx.assemble(ptx, folder).getFirst().spilledBytes()).isPositive();
  }

  @Test
  void aProgramThatDoesNotCompileIsNamedWithTheReason() {
    assertThatThrownBy(() -> nvptx.compile("__kernel void broken( {", "-cl-std=CL1.2", folder))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("error: ");
  }

  private Ptx planted(String text, String replacement) {
    Program program = new Program(OpenClKernel.FLASH, plain(64), NVIDIA);
    String source = PlantedSource.replacing(text, replacement).apply(program.kernel().file());
    return nvptx.compile(source, program.options(), folder);
  }

  private Ptx ptx(Program program) {
    return compiled.computeIfAbsent(
        program.source() + program.options(),
        key -> nvptx.compile(program.source(), program.options(), folder));
  }

  /** What an element of a type is to PTX. */
  private static String word(ElementType type) {
    return switch (type.bytes()) {
      case 1 -> "[su]8";
      case 2 -> "[bu]16";
      default -> "f32";
    };
  }

  /** Empty for float32 in padded rows. */
  private static String storage(AttentionSpec spec) {
    String types =
        spec.queryType() == ElementType.F32 && spec.keyValueType() == ElementType.F32
            ? ""
            : ", %s and %s".formatted(spec.queryType().label(), spec.keyValueType().label());
    String placement = spec.keyPlacement().label();
    return placement.isEmpty() ? types : types + ", " + placement;
  }

  private static AttentionSpec onPages(AttentionSpec spec, ElementType keyValueType) {
    return spec.toBuilder()
        .keyValueType(keyValueType)
        .keyPlacement(PageTables.inOrder(64, spec.keyLengths()))
        .build();
  }

  private static AttentionSpec plain(int dim) {
    return AttentionSpec.builder().heads(2).length(256).dim(dim).build();
  }

  private static AttentionSpec typed(AttentionSpec spec, ElementType type) {
    return spec.toBuilder().storage(type).build();
  }

  private static AttentionSpec withExpressions(int dim) {
    return plain(dim).toBuilder()
        .mask(Mask.expression(MaskExpression.parse("k <= p && (p - k) % 3 != 0 || hash(k) < 9")))
        .scoreModifier(ScoreModifier.expression(ScoreExpression.parse("s - slope(h) * (p - k)")))
        .build();
  }
}
