package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.StorageForms;
import io.github.attn4j.core.kernel.Tuning;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

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
    Oclgrind.Outcome outcome = oclgrind().run(kernel, TINY, Tuning.NONE, folder, LIMIT);
    assertThat(outcome.output()).contains("device Oclgrind Simulator");
    assertThat(outcome.findings()).isEmpty();
    assertThat(outcome.clean()).as(outcome.output()).isTrue();
    assertThat(outcome.unsupported()).isZero();
  }

  /** Blocks of 8 rows, 16 items a row, Q in slices and 8 of V, in the 32 KB that Oclgrind has. */
  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void findsNothingInTheTilesOfGpus() {
    Tuning tuning = new FlashTiles(32, 64, 8, 16, 16, 8, false).tuning();
    Oclgrind.Outcome outcome = oclgrind().run(OpenClKernel.FLASH, TINY, tuning, folder, LIMIT);
    assertThat(outcome.findings()).isEmpty();
    assertThat(outcome.clean()).as(outcome.output()).isTrue();
    assertThat(outcome.unsupported()).as(outcome.output()).isZero();
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
  void findsNothingInTheReadBandwidth() {
    Oclgrind.Outcome outcome = readBandwidth();
    assertThat(outcome.output()).contains("device Oclgrind Simulator");
    assertThat(outcome.findings()).isEmpty();
    assertThat(outcome.clean()).as(outcome.output()).isTrue();
  }

  @Tag("exhaustive")
  @Test
  void wouldFindAReadBandwidthThatReadsPastTheEnd() {
    Oclgrind.Outcome outcome =
        readBandwidth("get_global_id(0) * chunk", "(get_global_id(0) + 1) * chunk");
    assertThat(outcome.findings())
        .as(outcome.output())
        .anyMatch(line -> line.contains("Invalid read of size"));
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void findsNothingInRandomMasks() {
    Oclgrind.Outcome outcome = launches(SanitizedMasks.class);
    assertThat(outcome.output()).contains("device Oclgrind Simulator");
    assertThat(outcome.findings()).isEmpty();
    assertThat(outcome.clean()).as(outcome.output()).isTrue();
  }

  @Tag("exhaustive")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void wouldFindATableReadPastItsEnd() {
    Oclgrind.Outcome outcome =
        launches(SanitizedMasks.class, "min(max(index, 0), size - 1)", "max(index, 0)");
    assertThat(outcome.findings())
        .as(outcome.output())
        .anyMatch(line -> line.contains("Invalid read of size"));
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void findsNothingWhereBlocksAreEnumerated() {
    Oclgrind.Outcome outcome = launches(SanitizedBlockKinds.class);
    assertThat(outcome.output()).contains("device Oclgrind Simulator");
    assertThat(outcome.findings()).isEmpty();
    assertThat(outcome.clean()).as(outcome.output()).isTrue();
  }

  @Tag("exhaustive")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void wouldFindABlockKindWrittenPastTheEnd() {
    Oclgrind.Outcome outcome =
        launches(SanitizedBlockKinds.class, "kind = kinds + block;", "kind = kinds + block + 4;");
    assertThat(outcome.findings())
        .as(outcome.output())
        .anyMatch(line -> line.contains("Invalid write of size"));
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void findsNothingInTypesAndPages() {
    requireCleanInTypesAndPages(OpenClKernel.FLASH);
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
    requireCleanInTypesAndPages(kernel);
  }

  private void requireCleanInTypesAndPages(OpenClKernel kernel) {
    Oclgrind.Outcome outcome = storage(kernel);
    assertThat(outcome.output()).contains("device Oclgrind Simulator");
    assertThat(outcome.findings()).isEmpty();
    assertThat(outcome.clean()).as(outcome.output()).isTrue();
    assertThat(outcome.unsupported()).isZero();
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
    Oclgrind.Outcome outcome = storage(OpenClKernel.NAIVE, text, replacement);
    assertThat(outcome.findings())
        .as(outcome.output())
        .anyMatch(line -> line.contains("Invalid read of size"));
    assertThat(outcome.clean()).isFalse();
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void findsNothingInLoadsAndStoresOfElements() {
    Oclgrind.Outcome outcome = launches(SanitizedElementTypes.class);
    assertThat(outcome.output()).contains("device Oclgrind Simulator");
    assertThat(outcome.findings()).isEmpty();
    assertThat(outcome.clean()).as(outcome.output()).isTrue();
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void findsNothingInAppendsToACache() {
    Oclgrind.Outcome outcome = launches(SanitizedAppends.class);
    assertThat(outcome.output()).contains("device Oclgrind Simulator");
    assertThat(outcome.findings()).isEmpty();
    assertThat(outcome.clean()).as(outcome.output()).isTrue();
  }

  @Tag("exhaustive")
  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @CsvSource(
      delimiter = ';',
      value = {
        "if (head < kv_heads) {; {",
        "element < RUN * columns; element < (RUN + 1) * columns",
        "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE); barrier(CLK_LOCAL_MEM_FENCE)",
      })
  void wouldFindAppendsThatMeetInOnePlace(String text, String replacement) {
    Oclgrind.Outcome outcome = launches(SanitizedAppends.class, text, replacement);
    assertThat(outcome.findings())
        .as(outcome.output())
        .anyMatch(line -> line.contains("data race"));
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void findsNothingInTheSplitOfKeysForGpus() {
    Oclgrind.Outcome outcome = launches(SanitizedGpuMapping.class);
    assertThat(outcome.output()).contains("device Oclgrind Simulator");
    assertThat(outcome.findings()).isEmpty();
    assertThat(outcome.clean()).as(outcome.output()).isTrue();
  }

  @Tag("exhaustive")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void wouldFindAMissingBarrierInTheSplitOfKeysForGpus() {
    Oclgrind.Outcome outcome =
        launches(
            SanitizedGpuMapping.class,
            "barrier(CLK_LOCAL_MEM_FENCE);  // weights and scales",
            "// weights and scales");
    assertThat(outcome.findings())
        .as(outcome.output())
        .anyMatch(line -> line.contains("data race"));
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void findsNothingInTheEmulationOfTensorCores() {
    Oclgrind.Outcome outcome = launches(SanitizedTensorCores.class);
    assertThat(outcome.output()).contains("device Oclgrind Simulator");
    assertThat(outcome.findings()).isEmpty();
    assertThat(outcome.clean()).as(outcome.output()).isTrue();
  }

  @Tag("exhaustive")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void wouldFindRowsCopiedPastTheLastKey() {
    Oclgrind.Outcome outcome =
        launches(
            SanitizedTensorCores.class,
            "row_place(rows, min(first + row, end - 1)) + column, exists,",
            "row_place(rows, first + row) + column, true,");
    assertThat(outcome.findings())
        .as(outcome.output())
        .anyMatch(line -> line.contains("Invalid read of size"));
  }

  @Tag("exhaustive")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void wouldFindWarpsThatExchangeInOnePlace() {
    Oclgrind.Outcome outcome =
        launches(SanitizedTensorCores.class, "exchange + warp.warp * EXCHANGE_FLOATS", "exchange");
    assertThat(outcome.findings())
        .as(outcome.output())
        .anyMatch(line -> line.contains("data race"));
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void findsNothingInLayers() {
    Oclgrind.Outcome outcome = layers();
    assertThat(outcome.output()).contains("device Oclgrind Simulator");
    assertThat(outcome.findings()).isEmpty();
    assertThat(outcome.clean()).as(outcome.output()).isTrue();
  }

  @Tag("full")
  @Test
  @Execution(ExecutionMode.CONCURRENT)
  void wouldFindAProductThatReadsPastTheLastRow() {
    Oclgrind.Outcome outcome =
        layers("CPU", "MATMUL", "3 x 7 x 5", "min(row + r, rows - 1)", "(row + r)");
    assertThat(outcome.findings())
        .as(outcome.output())
        .anyMatch(line -> line.contains("Invalid read of size"));
    assertThat(outcome.clean()).isFalse();
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
    Oclgrind.Outcome outcome = layers(device, layer, label, text, replacement);
    assertThat(outcome.findings()).as(outcome.output()).anyMatch(line -> line.contains(finding));
    assertThat(outcome.clean()).isFalse();
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

  private Oclgrind.Outcome readBandwidth(String... planted) {
    return launches(SanitizedReadBandwidth.class, planted);
  }

  private Oclgrind.Outcome launches(Class<?> main, String... planted) {
    List<String> arguments = new ArrayList<>(List.of(folder.resolve("programs").toString()));
    arguments.addAll(List.of(planted));
    // What one launch writes another one reads here, which Oclgrind forgets.
    return oclgrind().run(main.getSimpleName(), false, main, arguments, folder, LIMIT);
  }

  private void requireFinding(
      OpenClKernel kernel, String text, String replacement, String gridCase, String finding) {
    Oclgrind.Outcome outcome =
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
                LIMIT);
    assertThat(outcome.findings()).as(outcome.output()).anyMatch(line -> line.contains(finding));
    assertThat(outcome.clean()).isFalse();
  }

  private static Oclgrind oclgrind() {
    try {
      return Oclgrind.find();
    } catch (BackendException.Unavailable e) {
      if (List.of(System.getProperty("attn.require", "").split(",", -1)).contains("oclgrind")) {
        throw e;
      }
      Assumptions.abort(String.valueOf(e.getMessage()));
      throw e;
    }
  }
}
