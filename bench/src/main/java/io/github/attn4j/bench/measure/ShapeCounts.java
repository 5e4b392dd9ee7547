package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.blockmap.BlockCounts;
import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.kernel.Tiling;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What counting the visible pairs of a shape gives. Predictions ask for it again and again, and a
 * condition's pairs can take a second to count: so each shape is counted once.
 *
 * @param spec the problem
 * @param visiblePairs over all batches and query heads
 * @param flops of one launch
 * @param compulsoryBytes that any implementation must move
 * @param keyValueBytes those of them that are keys, values and their scales
 * @param blocks of 64 x 64, and pairs; null where there is no mask
 * @param map what they were counted in; null where there is no mask
 */
record ShapeCounts(
    AttentionSpec spec,
    long visiblePairs,
    double flops,
    long compulsoryBytes,
    long keyValueBytes,
    @Nullable BlockCounts blocks,
    @Nullable BlockMap map) {
  private static final Map<Shape, ShapeCounts> KNOWN = new ConcurrentHashMap<>();

  /** The counts of a shape. */
  static ShapeCounts of(Shape shape) {
    return KNOWN.computeIfAbsent(shape, ShapeCounts::count);
  }

  private static ShapeCounts count(Shape shape) {
    AttentionSpec spec = shape.spec();
    Mask mask = spec.mask();
    BlockMap map = mask instanceof Mask.None ? null : spec.blockMap();
    BlockCounts blocks = map == null ? null : map.counts(mask::visible);
    long pairs = blocks == null ? spec.visiblePairs() : blocks.visiblePairs();
    return new ShapeCounts(
        spec,
        pairs,
        2.0 * pairs * (spec.headDim() + spec.valueDim()),
        spec.compulsoryBytes(),
        spec.keyValueBytes(),
        blocks,
        map);
  }

  /** Tiles that a kernel's tiling visits. */
  long visited(Tiling tiling) {
    // A tiling that reads a map asks for it only where there is a mask.
    return tiling.visited(spec, () -> Objects.requireNonNull(map));
  }

  /** Whether there is a mask, and so something to compare with attention without it. */
  boolean masked() {
    return blocks != null;
  }
}
