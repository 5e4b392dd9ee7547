package io.github.attn4j.tornado;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.kernels.tornado.Arguments;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;

/**
 * The host's side of the arrays that a plan's tasks are bound to. TornadoVM mirrors each on the
 * device, at its full size, and a plan keeps its arrays for life; so small ones are rounded up, and
 * one plan serves many specs.
 */
@SuppressWarnings("ArrayRecordComponent") // large buffers, never compared
record DeviceArrays(
    float[] q,
    float[] k,
    float[] v,
    float[] o,
    float[] lse,
    byte[] visible,
    float[] bias,
    float[] scratch,
    VectorFloat16 packed,
    int[] shape,
    float[] numbers) {

  /** Up to here sizes are rounded up; beyond, the waste would matter more than a compilation. */
  private static final int SMALL = 1 << 18;

  private static final int MEDIUM = 1 << 20;

  /** Floats of a vector. */
  private static final int VECTOR = 16;

  /**
   * Elements of each array, in the record's order: what decides whether a plan fits a spec.
   *
   * @param scratch floats the kernel keeps, one unused where it keeps none
   * @param packed floats that it keeps as vectors, one unused vector where it keeps none
   */
  record Sizes(
      int q,
      int k,
      int v,
      int o,
      int lse,
      int visible,
      int bias,
      int scratch,
      int packed,
      int shape) {
    /** Of the tensors alone. */
    static Sizes of(AttentionSpec spec) {
      return of(spec, 0, 0);
    }

    static Sizes of(TornadoKernel kernel, AttentionSpec spec, DeviceInfo device) {
      long kept = kernel.scratchElements(spec, device);
      return kernel.packs(device) ? of(spec, 0, kept) : of(spec, kept, 0);
    }

    private static Sizes of(AttentionSpec spec, long scratch, long packed) {
      DenseMask dense = spec.canonicalMask().dense();
      return new Sizes(
          rounded(spec.queryElements()),
          rounded(spec.keyElements()),
          rounded(spec.valueElements()),
          rounded(spec.outputElements()),
          rounded(spec.rows()),
          dense == null ? 1 : rounded(dense.booleans().length + dense.floats().length),
          dense == null ? 1 : rounded(Math.max(1, dense.floats().length)),
          scratch == 0 ? 1 : rounded(scratch),
          packed == 0 ? VECTOR : rounded(packed),
          Math.ceilDiv(Parameters.shape(spec).length, 256) * 256);
    }

    private static int rounded(long elements) {
      return (int) DeviceArrays.rounded(elements);
    }

    /** Bytes of what the kernel keeps; what stands where it keeps nothing is none. */
    long scratchBytes() {
      return 4L * ((scratch == 1 ? 0 : scratch) + (packed == VECTOR ? 0 : packed));
    }

    /** Bytes on the device, and as many on the host. */
    long bytes() {
      return 4L * (0L + q + k + v + o + lse + bias + scratch + packed + shape + Arguments.NUMBERS)
          + visible;
    }
  }

  static DeviceArrays allocate(Sizes sizes) {
    return new DeviceArrays(
        new float[sizes.q],
        new float[sizes.k],
        new float[sizes.v],
        new float[sizes.o],
        new float[sizes.lse],
        new byte[sizes.visible],
        new float[sizes.bias],
        new float[sizes.scratch],
        new VectorFloat16(sizes.packed / VECTOR),
        new int[sizes.shape],
        new float[Arguments.NUMBERS]);
  }

  /** Copies what a launch reads; what lies past a spec's end is never read. */
  void fill(AttentionInputs inputs) {
    AttentionSpec spec = inputs.spec();
    copy(inputs.q(), q);
    copy(inputs.k(), k);
    copy(inputs.v(), v);
    DenseMask dense = spec.canonicalMask().dense();
    if (dense != null) {
      boolean[] booleans = dense.booleans();
      for (int i = 0; i < booleans.length; i++) {
        visible[i] = (byte) (booleans[i] ? 1 : 0);
      }
      float[] added = dense.floats();
      for (int i = 0; i < added.length; i++) {
        visible[i] = (byte) (added[i] == Float.NEGATIVE_INFINITY ? 0 : 1);
      }
      copy(added, bias);
    }
    int[] filled = Parameters.shape(spec);
    System.arraycopy(filled, 0, shape, 0, filled.length);
    copy(Parameters.numbers(spec), numbers);
  }

  private static void copy(float[] from, float[] to) {
    System.arraycopy(from, 0, to, 0, from.length);
  }

  /** Elements allocated for so many. */
  static long rounded(long elements) {
    if (elements <= SMALL) {
      return SMALL;
    }
    return elements <= MEDIUM ? MEDIUM : Math.ceilDiv(elements, VECTOR) * (long) VECTOR;
  }

  /** What a launch reads, uploaded anew for each set of inputs. */
  Object[] inputs() {
    return new Object[] {q, k, v, visible, bias, shape, numbers};
  }

  /** What a launch writes. */
  Object[] outputs() {
    return new Object[] {o, lse, scratch, packed};
  }

  /** All of them but {@link #packed}: what a kernel's tasks take. */
  Object[] arguments() {
    return new Object[] {q, k, v, o, lse, visible, bias, scratch, shape, numbers};
  }

  /** The same with vectors in place of floats to keep. */
  Object[] packedArguments() {
    return new Object[] {q, k, v, o, lse, visible, bias, packed, shape, numbers};
  }
}
