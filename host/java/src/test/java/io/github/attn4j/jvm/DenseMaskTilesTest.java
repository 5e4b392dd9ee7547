package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Comparison;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a dense mask saves: tiles it empties are not computed, tiles it leaves whole not masked. */
class DenseMaskTilesTest {
  private static final int LENGTH = 512;
  private static final int DIM = 16;
  private static final int WIDTH = MicroKernels.WIDTH;
  private static final int KEYS = FlashTile.KEYS;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBlockDiagonalMaskCostsItsBlocksAlone(boolean additive) {
    // Documents of one tile of keys each, which the queries' tiles divide.
    assertThat(KEYS % WIDTH).isZero();
    AttentionSpec documents = documents(KEYS, additive);
    AttentionSpec full = documents.toBuilder().mask(Mask.none()).build();
    long queryTiles = LENGTH / WIDTH;
    assertThat(scoredTiles(AttentionInputs.generate(full, InputFamily.NORMAL, 1)))
        .isEqualTo(queryTiles * (LENGTH / KEYS));
    assertThat(scoredTiles(AttentionInputs.generate(documents, InputFamily.NORMAL, 1)))
        .isEqualTo(queryTiles);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aMaskThatHidesNothingCostsWhatNoMaskDoes(boolean additive) {
    AttentionSpec spec = documents(LENGTH, additive);
    assertThat(scoredTiles(AttentionInputs.generate(spec, InputFamily.NORMAL, 1)))
        .isEqualTo((long) LENGTH / WIDTH * (LENGTH / KEYS));
  }

  /**
   * Documents that end within tiles, so that a poisoned one shares its tiles with its neighbours.
   */
  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void poisonStaysInItsDocument(float poison) {
    for (int document : new int[] {KEYS, 40, 100}) {
      for (boolean additive : new boolean[] {false, true}) {
        AttentionSpec spec = documents(document, additive);
        for (int key : new int[] {0, 70, LENGTH - 1}) {
          AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 7);
          Arrays.fill(inputs.v(), key * DIM, (key + 1) * DIM, poison);
          scoredTiles(inputs);
          AttentionInputs inKeys = AttentionInputs.generate(spec, InputFamily.NORMAL, 7);
          Arrays.fill(inKeys.k(), key * DIM, (key + 1) * DIM, Float.NaN);
          scoredTiles(inKeys);
        }
      }
    }
  }

  @Test
  void classifiesATileByItsValues() {
    for (int keys : new int[] {KEYS, KEYS - 1, 1}) {
      assertThat(classify(keys, 0, 0)).isEqualTo(MaskTile.Visibility.ALL_VISIBLE);
      assertThat(classify(keys, 0, -0f)).isEqualTo(MaskTile.Visibility.ALL_VISIBLE);
      assertThat(classify(keys, Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY))
          .isEqualTo(MaskTile.Visibility.NONE_VISIBLE);
      for (float odd : new float[] {1e-30f, -Float.MAX_VALUE, Float.NaN}) {
        assertThat(classify(keys, Float.NEGATIVE_INFINITY, odd))
            .isEqualTo(MaskTile.Visibility.SOME_VISIBLE);
        assertThat(classify(keys, 0, odd)).isEqualTo(MaskTile.Visibility.SOME_VISIBLE);
      }
      assertThat(classify(keys, 0, Float.NEGATIVE_INFINITY))
          .isEqualTo(MaskTile.Visibility.SOME_VISIBLE);
    }
  }

  @Test
  void keysOutsideALanesRangeCountAsHiddenWhateverTheMaskHolds() {
    MaskTile tile = new MaskTile(DenseMask.ofFloats(1, 1, 1, KEYS, new float[KEYS]), null);
    tile.clear();
    for (int lane = 0; lane < WIDTH; lane++) {
      tile.set(lane, 0, lane == 1 ? KEYS - 1 : KEYS, 0);
    }
    assertThat(tile.classify(0, KEYS)).isEqualTo(MaskTile.Visibility.SOME_VISIBLE);
    assertThat(tile.classify(0, KEYS - 1)).isEqualTo(MaskTile.Visibility.ALL_VISIBLE);
  }

  /** A tile of one value everywhere but in its last key, as its last lane sees it. */
  private static MaskTile.Visibility classify(int keys, float everywhere, float last) {
    float[] values = new float[2 * keys];
    Arrays.fill(values, everywhere);
    values[2 * keys - 1] = last;
    MaskTile tile = new MaskTile(DenseMask.ofFloats(1, 1, 2, keys, values), null);
    tile.clear();
    for (int lane = 0; lane < WIDTH; lane++) {
      tile.set(lane, 0, keys, lane == WIDTH - 1 ? keys : 0);
    }
    return tile.classify(0, keys);
  }

  /** One after the other, each seeing itself alone. */
  private static AttentionSpec documents(int size, boolean additive) {
    boolean[] visible = new boolean[LENGTH * LENGTH];
    float[] biases = new float[LENGTH * LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      for (int k = 0; k < LENGTH; k++) {
        boolean same = i / size == k / size;
        visible[i * LENGTH + k] = same;
        biases[i * LENGTH + k] = same ? 0.01f * (i - k) : Float.NEGATIVE_INFINITY;
      }
    }
    Mask mask =
        additive
            ? new Mask.DenseAdditive(DenseMask.ofFloats(1, 1, LENGTH, LENGTH, biases))
            : new Mask.DenseBoolean(DenseMask.ofBooleans(1, 1, LENGTH, LENGTH, visible));
    return AttentionSpec.builder().length(LENGTH).dim(DIM).mask(mask).build();
  }

  /** Runs once, requires the right result, and says how many tiles of keys were scored. */
  private static long scoredTiles(AttentionInputs inputs) {
    JavaBackend backend = new JavaBackend();
    try (JavaSession session = (JavaSession) backend.open(backend.devices().getFirst());
        StagedInputs staged = session.stage(inputs);
        FlashPreparedKernel kernel =
            (FlashPreparedKernel) session.prepare(JavaKernel.FLASH, staged)) {
      kernel.run();
      AttentionOutput output = kernel.read();
      Comparison comparison = Expected.of(inputs).compare(output);
      assertThat(comparison.passed()).as("%s", comparison).isTrue();
      return kernel.scoredTiles();
    }
  }
}
