// Idea: the device's peak rate of float32 fused multiply-adds, against which every kernel is measured: independent chains that
//   never leave registers, in several shapes, since no single one saturates every device. The best shape is the ceiling.
// Tensors: out [global size] float32, one element a work-item, so that nothing can be left out as unused.
// Launch: one dimension, any size; the host gives every compute unit several work-groups.
// FLOPs: 2 * WIDTH * CHAINS per work-item and step, `steps` of them (16 unrolled are one trip of the loop).
// Local memory: 0 bytes. Preconditions: steps a multiple of 16; |a| < 1, so that chains stay finite.
// Leaves out: memory; see the bandwidth ceilings for that.

#define STEP(x) x = fma(x, a, b);

#define CEILING(NAME, TYPE, CHAINS)                                                       \
  __kernel void NAME(__global float *out, const int steps, const float factor, const float summand) { \
    TYPE a = (TYPE)(factor);                                                              \
    TYPE b = (TYPE)(summand);                                                             \
    TYPE x[CHAINS];                                                                       \
    _Pragma("unroll") for (int c = 0; c < CHAINS; c++) {                                  \
      x[c] = (TYPE)((float)(get_global_id(0) + c));                                       \
    }                                                                                     \
    for (int step = 0; step < steps; step += 16) {                                        \
      _Pragma("unroll") for (int u = 0; u < 16; u++) {                                    \
        _Pragma("unroll") for (int c = 0; c < CHAINS; c++) {                              \
          STEP(x[c])                                                                      \
        }                                                                                 \
      }                                                                                   \
    }                                                                                     \
    TYPE sum = x[0];                                                                      \
    _Pragma("unroll") for (int c = 1; c < CHAINS; c++) {                                  \
      sum += x[c];                                                                        \
    }                                                                                     \
    out[get_global_id(0)] = ((float *)&sum)[0] + ((float *)&sum)[sizeof(TYPE) / sizeof(float) - 1]; \
  }

// Two FMA units of latency 4 need 8 chains; more hide what the scheduler misses, until registers run out.
CEILING(fma_16x8, float16, 8)
CEILING(fma_16x12, float16, 12)
CEILING(fma_16x16, float16, 16)
CEILING(fma_8x12, float8, 12)
// Devices that are parallel over work-items want scalars or short vectors.
CEILING(fma_4x8, float4, 8)
CEILING(fma_1x16, float, 16)
