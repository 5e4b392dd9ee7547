package io.github.attn4j.kernels.tornado;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;

/**
 * What a session needs besides attention: NaN in O and LSE before a launch, so that what a kernel
 * forgets to write cannot pass, and writes that push everything else out of caches.
 */
public final class Filler {
  private Filler() {}

  /**
   * Overwrites O and LSE. The other arguments are here because TornadoVM uploads what a task takes.
   */
  public static void fill(
      float[] q,
      float[] k,
      float[] v,
      float[] o,
      float[] lse,
      byte[] visible,
      float[] bias,
      int[] shape,
      float[] numbers,
      int outputs,
      int rows) {
    for (@Parallel int index = 0; index < outputs; index++) {
      o[index] = numbers[Arguments.NOT_A_NUMBER];
      if (index < rows) {
        lse[index] = numbers[Arguments.NOT_A_NUMBER];
      }
    }
  }

  /** Overwrites what a kernel keeps: what it reads there without having written it must show. */
  public static void poison(
      float[] scratch, VectorFloat16 packed, float[] numbers, int kept, int vectors, int most) {
    for (@Parallel int index = 0; index < most; index++) {
      if (index < kept) {
        scratch[index] = numbers[Arguments.NOT_A_NUMBER];
      }
      if (index < vectors) {
        packed.set(index, Lanes.all(numbers[Arguments.NOT_A_NUMBER]));
      }
    }
  }

  /** Changes every element. */
  public static void increment(float[] written, int elements) {
    for (@Parallel int index = 0; index < elements; index++) {
      written[index] += 1;
    }
  }
}
