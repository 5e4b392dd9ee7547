package io.github.attn4j.opencl;

/**
 * One kernel launch. Lengths go along dimension 0, or several items a work-group along another:
 * there GPUs take at most 65,535 work-groups.
 *
 * @param kernel name in the program
 * @param global global work size, a multiple of the local one
 * @param local work-group size
 */
@SuppressWarnings("ArrayRecordComponent") // handed to the OpenCL API as it is, never compared
record Stage(String kernel, long[] global, long[] local) {
  /** Rounds the items up to whole work-groups; kernels guard their tails. */
  static Stage of(String kernel, long[] local, long... items) {
    long[] global = new long[items.length];
    for (int dimension = 0; dimension < items.length; dimension++) {
      global[dimension] = Math.ceilDiv(items[dimension], local[dimension]) * local[dimension];
    }
    return new Stage(kernel, global, local);
  }
}
