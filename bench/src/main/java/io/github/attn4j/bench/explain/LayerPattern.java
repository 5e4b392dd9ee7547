package io.github.attn4j.bench.explain;

import java.util.List;

/**
 * A layer's heads.
 *
 * @param layer number, from 0
 * @param scale of its scores, 1 / sqrt(head dimension)
 * @param heads in order
 */
public record LayerPattern(int layer, double scale, List<HeadPattern> heads) {
  /** Copies the list. */
  public LayerPattern {
    heads = List.copyOf(heads);
  }
}
