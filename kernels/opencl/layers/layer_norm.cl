// Idea: y = (s - mean(s)) / sqrt(variance(s) + epsilon) * gamma + beta with s = x + residual, a row an item: mean, then the squares of what
//   is left of it, then the result, three passes over a row that the core's cache holds, with 16 columns a vector. Squares of s itself would
//   lose the variance where the mean is far from 0.
// Paper: Ba, Kiros and Hinton, "Layer normalization" (2016), equation 4; residual: He et al., "Deep residual learning" (2015).
//
// Tensors: x, residual, sum, y [rows, columns] float, of which y may be x or the residual, and sum likewise: an element is read before it is
//   written, by the item that writes it; gamma, beta [columns] float.
// Launch: one dimension, a row an item, whole groups of any size.
// Local memory: 0 bytes.
// Preconditions: columns > 0; epsilon > 0. has_residual and keeps_sum say whether those two are there; otherwise they are any buffer.
// Leaves out: several items a row, which a GPU wants where rows are few.
#include "lanes.clh"

// In halves: 8 sums, 4 and 2. Not as v.lo + v.hi, of which Oclgrind 21.10 forgets that it was written; compilers make the same of both.
static inline float sum_of(float16 v) {
  float even = ((v.s0 + v.s8) + (v.s4 + v.sc)) + ((v.s2 + v.sa) + (v.s6 + v.se));
  float odd = ((v.s1 + v.s9) + (v.s5 + v.sd)) + ((v.s3 + v.sb) + (v.s7 + v.sf));
  return even + odd;
}

static inline float16 added(__global const float *x, __global const float *residual, const int has_residual, int column) {
  float16 value = vload16(0, x + column);
  return has_residual ? value + vload16(0, residual + column) : value;
}

static inline float added_one(__global const float *x, __global const float *residual, const int has_residual, int column) {
  return has_residual ? x[column] + residual[column] : x[column];
}

__kernel void layer_norm(__global const float *x, __global const float *residual, __global const float *restrict gamma,
                         __global const float *restrict beta, __global float *sum, __global float *y, const int rows, const int columns,
                         const float epsilon, const int has_residual, const int keeps_sum) {
  if (get_global_id(0) >= (size_t)rows) {
    return;
  }
  long from = (long)get_global_id(0) * columns;
  x += from;
  residual += has_residual ? from : 0;
  sum += keeps_sum ? from : 0;
  y += from;
  int whole = columns / LANES * LANES;
  float16 sums = (float16)(0.0f);
  float rest = 0.0f;
  for (int c = 0; c < whole; c += LANES) {
    sums += added(x, residual, has_residual, c);
  }
  for (int c = whole; c < columns; c++) {
    rest += added_one(x, residual, has_residual, c);
  }
  float mean = (sum_of(sums) + rest) / columns;
  sums = (float16)(0.0f);
  rest = 0.0f;
  for (int c = 0; c < whole; c += LANES) {
    float16 centred = added(x, residual, has_residual, c) - mean;
    sums = fma(centred, centred, sums);
  }
  for (int c = whole; c < columns; c++) {
    float centred = added_one(x, residual, has_residual, c) - mean;
    rest = fma(centred, centred, rest);
  }
  float deviation = sqrt((sum_of(sums) + rest) / columns + epsilon);
  float inverse = 1.0f / deviation;
  for (int c = 0; c < whole; c += LANES) {
    float16 s = added(x, residual, has_residual, c);
    if (keeps_sum) {
      vstore16(s, 0, sum + c);
    }
    vstore16(fma((s - mean) * inverse, vload16(0, gamma + c), vload16(0, beta + c)), 0, y + c);
  }
  for (int c = whole; c < columns; c++) {
    float s = added_one(x, residual, has_residual, c);
    if (keeps_sum) {
      sum[c] = s;
    }
    y[c] = fma((s - mean) * inverse, gamma[c], beta[c]);
  }
}
