// Idea: y = activation(x W + b) with a block of ROWS x PANEL results in registers: for each input one vector load a vector of columns and one
//   broadcast a row feed ROWS * VECTORS fused multiply-adds. W lies in panels of PANEL columns, so that it is read in the order in which it
//   lies, whatever the number of outputs.
// Paper: Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008), sections 4 and 5: the register block and the
//   packed panel; GELU: Hendrycks and Gimpel, "Gaussian error linear units" (2016).
//
// Tensors: x [rows, inputs] float; y [rows, outputs] float; packed [panels, 1 + inputs, PANEL] float: of each panel of columns the bias, then
//   the rows of W, zeros past the last column.
//
//     panel 0 | panel 1 | ... | last, zeros behind        y   row 0 .. ROWS-1  | acc[r][v]: 16 columns of row r each |
//     b: PANEL floats                                         row ROWS ..      | the same, the panel from the core's caches |
//     W: inputs x PANEL floats
// Launch: one dimension, local size 1, ceil(rows / BLOCK_ROWS) * panels items, panels innermost: an item takes BLOCK_ROWS rows through a
//   panel, and items side by side find the same rows of x in the core's cache.
// Local memory: 0 bytes. Private: 64 * ROWS * VECTORS bytes of sums, meant for registers.
// Preconditions: the host packs with the same PANEL. Rows past the last one are computed as copies of it and not stored.
// Leaves out: splitting inputs over items (a single row leaves one item a panel); tiles in local memory, which GPUs want.
#include "gelu.clh"

// Sums that fill the registers, 8 x 3 of 32, leave room for the three vectors of W and an element of x.
#ifndef ROWS
#define ROWS 8
#endif
#ifndef VECTORS
#define VECTORS 3
#endif
#ifndef ROW_GROUPS
#define ROW_GROUPS 8
#endif

#define PANEL (LANES * VECTORS)
#define BLOCK_ROWS (ROWS * ROW_GROUPS)

__kernel void matmul(__global const float *restrict x, __global const float *restrict packed, __global float *restrict y, const int rows,
                     const int inputs, const int outputs, const int with_gelu) {
  int panels = (outputs + PANEL - 1) / PANEL;
  int first_row = (int)(get_global_id(0) / panels) * BLOCK_ROWS;
  int first_column = (int)(get_global_id(0) % panels) * PANEL;
  __global const float *bias = packed + (long)first_column * (inputs + 1);
  int end_row = min(first_row + BLOCK_ROWS, rows);
#pragma unroll 1
  for (int row = first_row; row < end_row; row += ROWS) {
    __global const float *x_row[ROWS];
    float16 acc[ROWS][VECTORS];
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      x_row[r] = x + (long)min(row + r, rows - 1) * inputs;
#pragma unroll
      for (int vector = 0; vector < VECTORS; vector++) {
        acc[r][vector] = (float16)(0.0f);
      }
    }
    __global const float *weights = bias + PANEL;
#pragma unroll 1
    for (int k = 0; k < inputs; k++) {
      float16 weight[VECTORS];
#pragma unroll
      for (int vector = 0; vector < VECTORS; vector++) {
        weight[vector] = vload16(vector, weights);
      }
      weights += PANEL;
#pragma unroll
      for (int r = 0; r < ROWS; r++) {
        float16 element = (float16)(x_row[r][k]);
#pragma unroll
        for (int vector = 0; vector < VECTORS; vector++) {
          acc[r][vector] = fma(element, weight[vector], acc[r][vector]);
        }
      }
    }
#pragma unroll
    for (int vector = 0; vector < VECTORS; vector++) {
      int column = first_column + vector * LANES;
      float16 added = vload16(vector, bias);
#pragma unroll
      for (int r = 0; r < ROWS; r++) {
        acc[r][vector] += added;
      }
      if (with_gelu) {
#pragma unroll
        for (int r = 0; r < ROWS; r++) {
          acc[r][vector] = gelu(acc[r][vector]);
        }
      }
#pragma unroll
      for (int r = 0; r < ROWS; r++) {
        if (row + r < end_row) {
          __global float *target = y + (long)(row + r) * outputs + column;
          if (column + LANES <= outputs) {
            vstore16(acc[r][vector], 0, target);
          } else {
            for (int lane = 0; column + lane < outputs; lane++) {
              target[lane] = ((float *)&acc[r][vector])[lane];
            }
          }
        }
      }
    }
  }
}
