package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.StorageForms;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.testing.Required;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kernel under Oclgrind, and proof that its findings would be seen. */
class SanitizerTest {
  /** For what takes a minute where nothing else runs: of a process that hangs, not a slow one. */
  private static final Duration LIMIT = Duration.ofMinutes(20);

  private static final SanitizedCases TINY = new SanitizedCases(SanitizedCases.Grid.TINY, null);

  @TempDir Path folder;

  @Tag("full")
  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @EnumSource(
      value = OpenClKernel.class,
      names = "FLASH_MMA", // takes other types: below
      mode = EnumSource.Mode.EXCLUDE)
  void findsNothing(OpenClKernel kernel) {
    requireCleanAndSupported(oclgrind().run(kernel, TINY, Tuning.NONE, folder, LIMIT));
  }

  /** Blocks of 8 rows, 16 items a row, Q in slices and 8 of V, in the 32 KB that Oclgrind has. */
  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void findsNothingInTheTilesOfGpus() {
    Tuning tuning = new FlashTiles(32, 64, 8, 16, 16, 8, false).tuning();
    requireCleanAndSupported(oclgrind().run(OpenClKernel.FLASH, TINY, tuning, folder, LIMIT));
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void wouldFindAKeyReadPastTheEnd() {
    requireFinding(
        OpenClKernel.FLASH_QUERY_LANES,
        "min(j + r, keys - 1) * row_stride",
        "(j + r) * row_stride",
        "a lane too many",
        "Invalid read of size");
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void wouldFindAnOutputWrittenPastTheEnd() {
    requireFinding(
        OpenClKernel.NAIVE,
        "if (d >= params.value_dim ||",
        "if (d > params.value_dim ||",
        "one pair",
        "Invalid write of size");
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void wouldFindAValueThatWasNeverWritten() {
    requireFinding(
        OpenClKernel.FLASH_QUERY_LANES,
        "tile->l_i[vector] = (float16)(0.0f);",
        ";",
        "a lane too many",
        "depends on uninitialized value");
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void wouldFindAMissingBarrier() {
    requireFinding(
        OpenClKernel.TILED_THREE_PASS,
        "barrier(CLK_LOCAL_MEM_FENCE);  // and read before",
        "// and read before",
        "second tile of keys",
        "data race");
  }

  /** Items of PoCL wait for each other where a loop with a barrier ends, so no grid shows it. */
  @Tag("exhaustive")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void wouldFindSlicesThatShareABuffer() {
    requireFinding(
        OpenClKernel.FLASH,
        "slices + step % 2 * SLICE_VECTORS",
        "slices",
        "second tile of keys",
        "data race");
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void wouldFindAVectorReadFromWhereItIsNotAligned() {
    requireFinding(
        OpenClKernel.FLASH,
        "aligned ? *(__global const tensor##_element4 *)from : vload4(0, from)",
        "*(__global const tensor##_element4 *)from",
        "gaps",
        "not aligned to the pointed type");
  }

  /** Of appends, masks, kinds of blocks, types of elements, other devices' mappings. */
  @Tag("full")
  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @ValueSource(
      classes = {
        SanitizedAppends.class,
        SanitizedBlockKinds.class,
        SanitizedElementTypes.class,
        SanitizedGpuMapping.class,
        SanitizedMasks.class,
        SanitizedReadBandwidth.class,
        SanitizedTensorCores.class,
      })
  void findsNothingInWhatElseIsLaunched(Class<?> launches) {
    requireClean(launches(launches));
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @CsvSource(
      delimiter = ';',
      value = {
        "Appends; if (head < kv_heads) {; {; data race",
        "Appends; element < RUN * columns; element < (RUN + 1) * columns; data race",
        "Appends; barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE); barrier(CLK_LOCAL_MEM_FENCE); data race",
        "BlockKinds; 'kind = kinds + block;'; 'kind = kinds + block + 4;'; Invalid write of size",
        "GpuMapping; 'barrier(CLK_LOCAL_MEM_FENCE);  // weights and scales'; // weights and scales; data race",
        "Masks; min(max(index, 0), size - 1); max(index, 0); Invalid read of size",
        "ReadBandwidth; get_global_id(0) * chunk; (get_global_id(0) + 1) * chunk; Invalid read of size",
        "TensorCores; 'row_place(rows, min(first + row, end - 1)) + column, exists,'; 'row_place(rows, first + row) + column, true,'; Invalid read of size",
        "TensorCores; exchange + warp.warp * EXCHANGE_FLOATS; exchange; data race",
      })
  void wouldFindWhatALaunchMustNotTouch(
      String launches, String text, String replacement, String finding)
      throws ClassNotFoundException {
    Class<?> main = Class.forName(getClass().getPackageName() + ".Sanitized" + launches);
    requireFinding(launches(main, text, replacement), finding);
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void findsNothingInTypesAndPages() {
    requireCleanAndSupported(storage(OpenClKernel.FLASH));
  }

  static Stream<OpenClKernel> otherKernelsOfCaches() {
    return Stream.of(OpenClKernel.values())
        .filter(kernel -> kernel != OpenClKernel.FLASH)
        .filter(kernel -> kernel.storageForms().equals(StorageForms.ALL));
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @MethodSource("otherKernelsOfCaches")
  void findsNothingInTypesAndPagesOfOtherKernels(OpenClKernel kernel) {
    requireCleanAndSupported(storage(kernel));
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @CsvSource(
      delimiter = ';',
      value = {
        "rows.pages[key >> rows.page_shift] *; rows.pages[(key >> rows.page_shift) + 1] *",
        "rows.first_scale + scale]; rows.first_scale + scale + 1]",
      })
  void wouldFindATableOrScalesReadPastTheirEnd(String text, String replacement) {
    requireFinding(storage(OpenClKernel.NAIVE, text, replacement), "Invalid read of size");
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void findsNothingInLayers() {
    requireClean(layers());
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void wouldFindAProductThatReadsPastTheLastRow() {
    requireFinding(
        layers("CPU", "MATMUL", "3 x 7 x 5", "min(row + r, rows - 1)", "(row + r)"),
        "Invalid read of size");
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @CsvSource(
      delimiter = ';',
      value = {
        "CPU; MATMUL; 3 x 7 x 5; column + lane < outputs; column + lane <= outputs; Invalid write",
        "GPU; MATMUL; 3 x 7 x 5; if (row + r < end_row); if (row + r <= end_row); Invalid write",
        "CPU; LAYER_NORM; 3 x 15; gamma[c],; gamma[c + 1],; Invalid read",
        "CPU; LAYER_NORM; 3 x 15; 'float rest = 0.0f;'; 'float rest;'; depends on uninitialized",
        "GPU; LAYER_NORM; 3 x 15; >= (size_t)rows; > (size_t)rows; Invalid read",
        "CPU; EMBEDDING; 5 x 17 of 4 words; (long)word_of[row]; 1 + (long)word_of[row]; Invalid read",
        "GPU; EMBEDDING; 5 x 17 of 4 words; row >= (size_t)rows; row > (size_t)rows; Invalid read",
        "GPU; EMBEDDING; 5 x 17 of 4 words; y + (long)row * columns; y; data race",
        "CPU; ROTARY; 5 rows of 3 heads of 32, 96 apart from 0 on, to position 1004; d < dim; d <= dim; Invalid read",
        "GPU; UNEMBEDDING; 1 x 33 to 131 words; first_row + r < rows; first_row + r <= rows; Invalid write",
        "CPU; UNEMBEDDING; 1 x 33 to 131 words; min(first_word + w, vocabulary - 1); (first_word + w); Invalid read",
      })
  void wouldFindWhatALayerMustNotTouch(
      String device, String layer, String label, String text, String replacement, String finding) {
    requireFinding(layers(device, layer, label, text, replacement), finding);
  }

  private Oclgrind.Outcome layers(String... planted) {
    List<String> arguments = new ArrayList<>(List.of(folder.resolve("programs").toString()));
    arguments.addAll(List.of(planted));
    return oclgrind().run("layers", true, SanitizedLayers.class, arguments, folder, LIMIT);
  }

  private Oclgrind.Outcome storage(OpenClKernel kernel, String... planted) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of(folder.resolve("programs").toString(), kernel.id()));
    arguments.addAll(List.of(planted));
    return oclgrind()
        .run(
            kernel.globalId(),
            Oclgrind.checksUninitialized(kernel),
            SanitizedStorage.class,
            arguments,
            folder,
            LIMIT);
  }

  private Oclgrind.Outcome launches(Class<?> main, String... planted) {
    List<String> arguments = new ArrayList<>(List.of(folder.resolve("programs").toString()));
    arguments.addAll(List.of(planted));
    // What one launch writes another one reads here, which Oclgrind forgets.
    return oclgrind().run(main.getSimpleName(), false, main, arguments, folder, LIMIT);
  }

  private void requireFinding(
      OpenClKernel kernel, String text, String replacement, String gridCase, String finding) {
    requireFinding(
        oclgrind()
            .run(
                kernel.globalId(),
                Oclgrind.checksUninitialized(kernel),
                PlantedSanitizedRun.class,
                List.of(
                    folder.resolve("programs").toString(),
                    kernel.id(),
                    text,
                    replacement,
                    gridCase),
                folder,
                LIMIT),
        finding);
  }

  private static void requireFinding(Oclgrind.Outcome outcome, String finding) {
    assertThat(outcome.findings()).as(outcome.output()).anyMatch(line -> line.contains(finding));
    assertThat(outcome.clean()).isFalse();
  }

  private static void requireClean(Oclgrind.Outcome outcome) {
    assertThat(outcome.output()).contains("device Oclgrind Simulator");
    assertThat(outcome.findings()).isEmpty();
    assertThat(outcome.clean()).as(outcome.output()).isTrue();
  }

  private static void requireCleanAndSupported(Oclgrind.Outcome outcome) {
    requireClean(outcome);
    assertThat(outcome.unsupported()).as(outcome.output()).isZero();
  }

  private static Oclgrind oclgrind() {
    try {
      return Oclgrind.find();
    } catch (BackendException.Unavailable e) {
      return Required.abort("oclgrind", String.valueOf(e.getMessage()));
    }
  }
}
