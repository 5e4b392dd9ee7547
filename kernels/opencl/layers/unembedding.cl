// Idea: logits[r, w] = x[r] . words[w] over the embedding's own table, rows of both as they lie: lanes are columns, a block of ROWS x WORDS
//   results has a vector of partial sums each, and lanes are added up once, at the end. Every row of the table is read once for ROWS rows.
// Paper: Press and Wolf, "Using the output embedding to improve language models" (2017), section 2; block in registers: Goto and van de Geijn,
//   "Anatomy of high-performance matrix multiplication" (2008).
//
// Tensors: x [rows, columns], words [vocabulary, columns], logits [rows, vocabulary] float.
// Launch: one dimension, ceil(rows / ROWS) * ceil(vocabulary / WORDS) items, rows innermost, whole groups of any size: items side by side
//   find a word's row in the core's cache.
// Local memory: 0 bytes. Private: 64 * ROWS * WORDS bytes of sums, meant for registers.
// Preconditions: none. Rows and words past the last ones are computed as copies of those and not stored.
// Leaves out: the softmax and the choice of a word.
#include "lanes.clh"

#ifndef ROWS
#define ROWS 4
#endif
#ifndef WORDS
#define WORDS 4
#endif

// In halves: 8 sums, 4 and 2. Not as v.lo + v.hi, of which Oclgrind 21.10 forgets that it was written; compilers make the same of both.
static inline float sum_of(float16 v) {
  float even = ((v.s0 + v.s8) + (v.s4 + v.sc)) + ((v.s2 + v.sa) + (v.s6 + v.se));
  float odd = ((v.s1 + v.s9) + (v.s5 + v.sd)) + ((v.s3 + v.sb) + (v.s7 + v.sf));
  return even + odd;
}

__kernel void unembedding(__global const float *restrict x, __global const float *restrict words, __global float *restrict logits,
                          const int rows, const int vocabulary, const int columns) {
  int row_blocks = (rows + ROWS - 1) / ROWS;
  int first_row = (int)(get_global_id(0) % row_blocks) * ROWS;
  int first_word = (int)(get_global_id(0) / row_blocks) * WORDS;
  if (first_word >= vocabulary) {
    return;
  }
  __global const float *x_row[ROWS];
  __global const float *word_row[WORDS];
  float16 acc[ROWS][WORDS];
  float rest[ROWS][WORDS];
#pragma unroll
  for (int w = 0; w < WORDS; w++) {
    word_row[w] = words + (long)min(first_word + w, vocabulary - 1) * columns;
  }
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    x_row[r] = x + (long)min(first_row + r, rows - 1) * columns;
#pragma unroll
    for (int w = 0; w < WORDS; w++) {
      acc[r][w] = (float16)(0.0f);
      rest[r][w] = 0.0f;
    }
  }
  int whole = columns / LANES * LANES;
#pragma unroll 1
  for (int c = 0; c < whole; c += LANES) {
    float16 word[WORDS];
#pragma unroll
    for (int w = 0; w < WORDS; w++) {
      word[w] = vload16(0, word_row[w] + c);
    }
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      float16 elements = vload16(0, x_row[r] + c);
#pragma unroll
      for (int w = 0; w < WORDS; w++) {
        acc[r][w] = fma(elements, word[w], acc[r][w]);
      }
    }
  }
#pragma unroll 1
  for (int c = whole; c < columns; c++) {
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
#pragma unroll
      for (int w = 0; w < WORDS; w++) {
        rest[r][w] = fma(x_row[r][c], word_row[w][c], rest[r][w]);
      }
    }
  }
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
#pragma unroll
    for (int w = 0; w < WORDS; w++) {
      if (first_row + r < rows && first_word + w < vocabulary) {
        logits[(long)(first_row + r) * vocabulary + first_word + w] = sum_of(acc[r][w]) + rest[r][w];
      }
    }
  }
}
