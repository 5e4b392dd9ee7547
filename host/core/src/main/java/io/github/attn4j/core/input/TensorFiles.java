package io.github.attn4j.core.input;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Mask;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A user's own Q, K, V and mask from .npy files, and the output back into one. */
public final class TensorFiles {
  private TensorFiles() {}

  /**
   * Reads Q [B, Hq, Sq, D], K [B, Hkv, Skv, D] and V [B, Hkv, Skv, Dv]; leading dimensions may be
   * left out where they are 1. The last query stands at the last key.
   *
   * @param mask joined with the mask file
   * @param maskFile boolean or float, of rank 1 to 4, its last dimension Skv, the others 1 or as
   *     the scores' [B, Hq, Sq]; or null
   * @throws InvalidFileException if a file or a shape does not fit
   */
  public static AttentionInputs inputs(
      Path qFile, Path kFile, Path vFile, Mask mask, @Nullable Path maskFile) {
    return inputs(qFile, kFile, vFile, mask, maskFile, UnaryOperator.identity());
  }

  /**
   * The same with what files do not hold: scale, soft cap, alignment, key lengths.
   *
   * @param options changes the spec before it is built; the shapes are the files' affair
   */
  public static AttentionInputs inputs(
      Path qFile,
      Path kFile,
      Path vFile,
      Mask mask,
      @Nullable Path maskFile,
      UnaryOperator<AttentionSpecBuilder> options) {
    NpyArray q = tensor(qFile);
    NpyArray k = tensor(kFile);
    NpyArray v = tensor(vFile);
    List<Integer> qShape = fourDimensions(q, qFile);
    List<Integer> kShape = fourDimensions(k, kFile);
    List<Integer> vShape = fourDimensions(v, vFile);
    require(kFile, k, "batch", kShape.get(0), qFile, qShape.get(0));
    require(kFile, k, "head dimension", kShape.get(3), qFile, qShape.get(3));
    require(vFile, v, "batch", vShape.get(0), kFile, kShape.get(0));
    require(vFile, v, "number of heads", vShape.get(1), kFile, kShape.get(1));
    require(vFile, v, "number of keys", vShape.get(2), kFile, kShape.get(2));
    if (qShape.get(1) % kShape.get(1) != 0) {
      throw new InvalidFileException(
          qFile,
          "shape %s: its %d heads are no multiple of the %d in %s"
              .formatted(q.shape(), qShape.get(1), kShape.get(1), kFile));
    }
    Mask all =
        maskFile == null
            ? mask
            : mask.and(mask(maskFile, qShape.get(0), qShape.get(1), qShape.get(2), kShape.get(2)));
    AttentionSpecBuilder builder =
        AttentionSpec.builder()
            .batch(qShape.get(0))
            .heads(qShape.get(1), kShape.get(1))
            .lengths(qShape.get(2), kShape.get(2))
            .dims(qShape.get(3), vShape.get(3))
            .mask(all);
    AttentionSpec spec = options.apply(builder).build();
    String description = "%s, %s, %s".formatted(qFile, kFile, vFile);
    return AttentionInputs.ofContiguous(spec, description, q.floats(), k.floats(), v.floats());
  }

  /**
   * Writes O without its gaps as float32 [B, Hq, Sq, Dv]; rows that do not exist are NaN.
   *
   * @param output the output's buffer, addressed through the spec's layout
   */
  public static void saveOutput(Path file, AttentionSpec spec, float[] output) {
    float[] o = Tensors.gatherOutput(output, spec);
    NpyFile.write(
        file, List.of(spec.batch(), spec.queryHeads(), spec.queryLength(), spec.valueDim()), o);
  }

  private static NpyArray tensor(Path file) {
    NpyArray array = NpyFile.read(file);
    if (array.isBoolean()) {
      throw new InvalidFileException(file, "booleans, where a tensor of floats is expected");
    }
    return array;
  }

  private static List<Integer> fourDimensions(NpyArray array, Path file) {
    int rank = array.shape().size();
    if (rank < 2 || rank > 4) {
      throw new InvalidFileException(
          file, "shape %s; [B,H,S,D], [H,S,D] or [S,D] is expected".formatted(array.shape()));
    }
    if (array.shape().contains(0)) {
      throw new InvalidFileException(
          file, "shape %s; every dimension must be at least 1".formatted(array.shape()));
    }
    return padded(array.shape());
  }

  private static List<Integer> padded(List<Integer> shape) {
    List<Integer> four = new ArrayList<>(shape);
    while (four.size() < 4) {
      four.addFirst(1);
    }
    return four;
  }

  private static Mask mask(Path file, int batch, int heads, int queries, int keys) {
    NpyArray array = NpyFile.read(file);
    if (array.shape().isEmpty() || array.shape().size() > 4) {
      throw new InvalidFileException(
          file, "shape %s; a mask has 1 to 4 dimensions".formatted(array.shape()));
    }
    List<Integer> shape = padded(array.shape());
    int[] scores = {batch, heads, queries, keys};
    for (int dimension = 0; dimension < 4; dimension++) {
      int size = shape.get(dimension);
      if (size != scores[dimension] && (dimension == 3 || size != 1)) {
        throw new InvalidFileException(
            file,
            "shape %s does not broadcast to the scores' [%d, %d, %d, %d]; the last dimension must be there in full"
                .formatted(array.shape(), batch, heads, queries, keys));
      }
    }
    return array.isBoolean()
        ? new Mask.DenseBoolean(
            DenseMask.ofBooleans(
                shape.get(0), shape.get(1), shape.get(2), shape.get(3), array.booleans()))
        : new Mask.DenseAdditive(
            DenseMask.ofFloats(
                shape.get(0), shape.get(1), shape.get(2), shape.get(3), array.floats()));
  }

  private static void require(
      Path file, NpyArray array, String what, int actual, Path otherFile, int expected) {
    if (actual != expected) {
      throw new InvalidFileException(
          file,
          "shape %s: its %s is %d, but %s has %d"
              .formatted(array.shape(), what, actual, otherFile, expected));
    }
  }
}
