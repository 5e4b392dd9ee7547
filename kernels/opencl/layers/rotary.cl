// Idea: turns each pair of adjacent dimensions of queries and keys by an angle that grows with the row's position, so that the product of two
//   rows depends on their distance alone. In place, a head of a row an item; cosines and sines come from a table made in double.
// Paper: Su et al., "RoFormer: enhanced transformer with rotary position embedding" (2021), equations 15 and 34.
//
// Tensors: x float, of which row r, head h, dimension d lies at from + r * row_stride + h * dim + d; table [positions, dim / 2, 2] float, the
//   cosine and the sine of each pair; position_of [rows] int.
// Launch: one dimension, rows * heads items, heads innermost, whole groups of any size.
// Local memory: 0 bytes.
// Preconditions: dim even; every position is one of the table's, which the host has made sure of.
// Leaves out: the other convention, which pairs dimension d with d + dim / 2.
__kernel void rotary(__global float *restrict x, __global const float *restrict table, __global const int *restrict position_of,
                     const int from, const int rows, const int row_stride, const int heads, const int dim) {
  size_t row = get_global_id(0) / heads;
  if (row >= (size_t)rows) {
    return;
  }
  __global float *head = x + from + (long)row * row_stride + (get_global_id(0) % heads) * dim;
  __global const float *turn = table + (long)position_of[row] * dim;
  for (int d = 0; d < dim; d += 2) {
    float a = head[d];
    float b = head[d + 1];
    head[d] = a * turn[d] - b * turn[d + 1];
    head[d + 1] = a * turn[d + 1] + b * turn[d];
  }
}
