package io.github.attn4j.core.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TensorFilesTest {
  @TempDir private Path folder;

  @Test
  void takesShapesFromTheFilesAndAlignsTheLastQueryWithTheLastKey() {
    AttentionInputs inputs =
        read(saved("q", 2, 4, 3, 8), saved("k", 2, 2, 5, 8), saved("v", 2, 2, 5, 6));
    AttentionSpec expected =
        AttentionSpec.builder().batch(2).heads(4, 2).lengths(3, 5).dims(8, 6).build();
    assertThat(inputs.spec()).isEqualTo(expected);
    assertThat(inputs.spec().queryOffsets()).containsExactly(2, 2);
    assertThat(inputs.q()).containsExactly(counted(2 * 4 * 3 * 8));
    assertThat(inputs.v()).containsExactly(counted(2 * 2 * 5 * 6));
    assertThat(inputs.description()).contains("q.npy", "k.npy", "v.npy");
  }

  @Test
  void fillsUpLeadingDimensions() {
    AttentionSpec two = read(saved("q", 3, 8), saved("k", 5, 8), saved("v", 5, 8)).spec();
    assertThat(two.label()).isEqualTo("B1 H1 S3x5 D8 full");
    AttentionSpec three =
        read(saved("q", 4, 3, 8), saved("k", 1, 2, 5, 8), saved("v", 2, 5, 8)).spec();
    assertThat(three.label()).isEqualTo("B1 H4/2 S3x5 D8 full");
  }

  @Test
  void appliesOptionsThatFilesDoNotHold() {
    AttentionSpec spec =
        TensorFiles.inputs(
                saved("q", 3, 8),
                saved("k", 5, 8),
                saved("v", 5, 8),
                Mask.causal(),
                null,
                builder -> builder.topLeft().softCap(30).scale(0.5f))
            .spec();
    assertThat(spec.queryOffsets()).containsExactly(0);
    assertThat(spec.softCap()).isEqualTo(30);
    assertThat(spec.scale()).isEqualTo(0.5f);
    assertThat(spec.mask()).isEqualTo(Mask.causal());
  }

  static Stream<Arguments> misfits() {
    return Stream.of(
        misfit("q", "[B,H,S,D], [H,S,D] or [S,D] is expected", new int[] {8}, null, null),
        misfit("k", "[B,H,S,D]", null, new int[] {1, 1, 1, 5, 8}, null),
        misfit("q", "at least 1", new int[] {2, 4, 0, 8}, null, null),
        misfit("k", "at least 1", null, new int[] {2, 0, 5, 8}, null),
        misfit("k", "its batch is 1, but", null, new int[] {1, 2, 5, 8}, null),
        misfit("k", "its head dimension is 7, but", null, new int[] {2, 2, 5, 7}, null),
        misfit("v", "its batch is 3, but", null, null, new int[] {3, 2, 5, 6}),
        misfit("v", "its number of heads is 4, but", null, null, new int[] {2, 4, 5, 6}),
        misfit("v", "its number of keys is 4, but", null, null, new int[] {2, 2, 4, 6}),
        misfit("q", "its 3 heads are no multiple of the 2", new int[] {2, 3, 3, 8}, null, null));
  }

  @ParameterizedTest
  @MethodSource("misfits")
  void namesTheFileItsShapeAndWhatWasExpected(
      String culprit, String message, int @Nullable [] q, int @Nullable [] k, int @Nullable [] v) {
    Path qFile = saved("q", q == null ? new int[] {2, 4, 3, 8} : q);
    Path kFile = saved("k", k == null ? new int[] {2, 2, 5, 8} : k);
    Path vFile = saved("v", v == null ? new int[] {2, 2, 5, 6} : v);
    Path wrong = culprit.equals("q") ? qFile : culprit.equals("k") ? kFile : vFile;
    assertThatThrownBy(() -> read(qFile, kFile, vFile))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageStartingWith(wrong + ": shape " + NpyFile.read(wrong).shape())
        .hasMessageContaining(message);
  }

  @Test
  void refusesBooleansAsTensors() {
    Path booleans = savedMask("b", new boolean[15], 3, 5);
    assertThatThrownBy(() -> read(saved("q", 3, 5), booleans, saved("v", 3, 5)))
        .isInstanceOf(InvalidFileException.class)
        .hasMessage(booleans + ": booleans, where a tensor of floats is expected");
  }

  static Stream<int[]> maskShapes() {
    return Stream.of(
        new int[] {5},
        new int[] {3, 5},
        new int[] {1, 5},
        new int[] {4, 3, 5},
        new int[] {1, 3, 5},
        new int[] {2, 4, 3, 5},
        new int[] {2, 1, 1, 5},
        new int[] {1, 4, 1, 5});
  }

  @ParameterizedTest
  @MethodSource("maskShapes")
  void broadcastsMasksAsNumpyDoes(int[] shape) {
    boolean[] values = new boolean[elements(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = new SplitMix64(3, 'M').below(i, 2) == 0;
    }
    float[] biases = counted(values.length);
    biases[values.length / 2] = Float.NEGATIVE_INFINITY;
    AttentionSpec bool = masked(savedMask("bool", values, shape));
    Path additiveFile = folder.resolve("add.npy");
    NpyFile.write(additiveFile, asList(shape), biases);
    AttentionSpec additive = masked(additiveFile);
    for (int b = 0; b < 2; b++) {
      for (int h = 0; h < 4; h++) {
        for (int i = 0; i < 3; i++) {
          for (int key = 0; key < 5; key++) {
            int index = broadcastIndex(shape, b, h, i, key);
            assertThat(bool.visible(b, h, i, key)).isEqualTo(values[index]);
            assertThat(additive.visible(b, h, i, key)).isEqualTo(index != values.length / 2);
            assertThat(additive.mask().bias(b, h, i, key)).isEqualTo(biases[index]);
          }
        }
      }
    }
  }

  static Stream<int[]> misfittingMaskShapes() {
    return Stream.of(
        new int[] {},
        new int[] {1},
        new int[] {4},
        new int[] {5, 3},
        new int[] {2, 3, 5},
        new int[] {4, 4, 3, 5},
        new int[] {0, 1, 3, 5},
        new int[] {1, 2, 4, 3, 5});
  }

  @ParameterizedTest
  @MethodSource("misfittingMaskShapes")
  void refusesMasksThatDoNotBroadcast(int[] shape) {
    Path file = savedMask("mask", new boolean[elements(shape)], shape);
    assertThatThrownBy(() -> masked(file))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageStartingWith(file + ": shape " + Arrays.toString(shape));
  }

  @Test
  void joinsTheMaskFileWithTheMask() {
    boolean[] values = {true, true, false, true, true};
    AttentionSpec spec =
        TensorFiles.inputs(
                saved("q", 3, 8),
                saved("k", 5, 8),
                saved("v", 5, 8),
                Mask.causal(),
                savedMask("mask", values, 5))
            .spec();
    assertThat(spec.visible(0, 0, 0, 1)).isTrue();
    assertThat(spec.visible(0, 0, 0, 2)).isFalse(); // by the file
    assertThat(spec.visible(0, 0, 0, 3)).isFalse(); // by causality
    assertThat(spec.visible(0, 0, 1, 3)).isTrue();
  }

  @Test
  void savesTheOutputWithoutItsGaps() {
    AttentionSpec contiguous =
        AttentionSpec.builder().batch(2).heads(2).lengths(3, 4).dims(8, 5).build();
    AttentionSpec spec =
        contiguous.toBuilder()
            .layouts(
                contiguous.q(), contiguous.k(), contiguous.v(), Layout.padded(2, 3, 5, 7, 2, 1))
            .build();
    float[] values = counted(2 * 2 * 3 * 5);
    Path file = folder.resolve("o.npy");
    TensorFiles.saveOutput(file, spec, Tensors.scatter(values, spec.o(), 2, 2, 3, 5));
    assertThat(NpyFile.read(file).shape()).containsExactly(2, 2, 3, 5);
    assertThat(NpyFile.read(file).floats()).containsExactly(values);
  }

  private static Arguments misfit(
      String culprit, String message, int @Nullable [] q, int @Nullable [] k, int @Nullable [] v) {
    return Arguments.of(culprit, message, q, k, v);
  }

  private AttentionSpec masked(Path maskFile) {
    return TensorFiles.inputs(
            saved("q", 2, 4, 3, 8),
            saved("k", 2, 2, 5, 8),
            saved("v", 2, 2, 5, 8),
            Mask.none(),
            maskFile)
        .spec();
  }

  private static AttentionInputs read(Path q, Path k, Path v) {
    return TensorFiles.inputs(q, k, v, Mask.none(), null);
  }

  private Path saved(String name, int... shape) {
    Path file = folder.resolve(name + ".npy");
    NpyFile.write(file, asList(shape), counted(elements(shape)));
    return file;
  }

  private Path savedMask(String name, boolean[] values, int... shape) {
    Path file = folder.resolve(name + ".npy");
    NpyFile.write(file, asList(shape), values);
    return file;
  }

  /** NumPy's rule: align at the end, repeat what is 1. */
  private static int broadcastIndex(int[] shape, int... pair) {
    int index = 0;
    for (int dimension = 0; dimension < shape.length; dimension++) {
      int position = pair[pair.length - shape.length + dimension];
      index = index * shape[dimension] + (shape[dimension] == 1 ? 0 : position);
    }
    return index;
  }

  private static int elements(int[] shape) {
    return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }

  private static float[] counted(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i;
    }
    return values;
  }

  private static List<Integer> asList(int[] shape) {
    return Arrays.stream(shape).boxed().toList();
  }
}
