package io.github.attn4j.core.layer;

/**
 * A matrix and a bias on a device, in the order in which its matrix product reads them. Belongs to
 * a session and is closed with it.
 */
public interface MatMulWeights extends AutoCloseable {
  /** Rows of the matrix: columns of what is multiplied by it. */
  int inputs();

  /** Columns of the matrix, and of the product. */
  int outputs();

  @Override
  void close();
}
