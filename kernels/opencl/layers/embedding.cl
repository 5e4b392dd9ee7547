// Idea: y[row] = (words[word] + types[type]) + positions[position], a row an item, 16 columns a vector. Learned and sinusoidal positions are
//   the same to it: both are tables.
// Paper: Devlin et al., "BERT" (2018), section 3.2; sinusoidal positions: Vaswani et al., "Attention is all you need" (2017), section 3.5.
//
// Tensors: words [vocabulary, columns], positions [longest, columns], types [types, columns], y [rows, columns] float; word_of, position_of,
//   type_of [rows] int.
// Launch: one dimension, a row an item, whole groups of any size.
// Local memory: 0 bytes.
// Preconditions: every index is a row of its table, which the host has made sure of. has_positions and has_types say whether those tables are
//   there; otherwise table and indices are any buffers.
// Leaves out: the normalisation that often follows.
#include "lanes.clh"

__kernel void embedding(__global const float *restrict words, __global const int *restrict word_of, __global const float *restrict positions,
                        __global const int *restrict position_of, __global const float *restrict types,
                        __global const int *restrict type_of, __global float *restrict y, const int rows, const int columns,
                        const int has_positions, const int has_types) {
  size_t row = get_global_id(0);
  if (row >= (size_t)rows) {
    return;
  }
  __global const float *word = words + (long)word_of[row] * columns;
  __global const float *type = types + (has_types ? (long)type_of[row] * columns : 0);
  __global const float *position = positions + (has_positions ? (long)position_of[row] * columns : 0);
  __global float *target = y + (long)row * columns;
  int whole = columns / LANES * LANES;
  for (int c = 0; c < whole; c += LANES) {
    float16 value = vload16(0, word + c);
    value = has_types ? value + vload16(0, type + c) : value;
    value = has_positions ? value + vload16(0, position + c) : value;
    vstore16(value, 0, target + c);
  }
  for (int c = whole; c < columns; c++) {
    float value = word[c];
    value = has_types ? value + type[c] : value;
    target[c] = has_positions ? value + position[c] : value;
  }
}
