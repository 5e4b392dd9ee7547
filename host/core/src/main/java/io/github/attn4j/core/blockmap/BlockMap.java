package io.github.attn4j.core.blockmap;

import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.PairPredicate;
import io.github.attn4j.core.expression.Variable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which blocks of every batch's and head's score matrix are empty, full or partial. Only pairs that
 * exist count: queries and keys below the batch's lengths. So a kernel that visits listed blocks
 * alone, and full ones without asking, still has to keep to these two bounds.
 */
public final class BlockMap {
  private final Domain domain;
  private final BlockSize size;
  private final List<BlockPlane> planes;

  /** The plane of each (b, h), b * heads + h. */
  private final int[] planeOf;

  private final long regionsAsked;
  private final long blocksEnumerated;
  private final long buildNanos;

  private BlockMap(
      Domain domain,
      BlockSize size,
      List<BlockPlane> planes,
      int[] planeOf,
      long regionsAsked,
      long blocksEnumerated,
      long buildNanos) {
    this.domain = domain;
    this.size = size;
    this.planes = List.copyOf(planes);
    this.planeOf = planeOf;
    this.regionsAsked = regionsAsked;
    this.blocksEnumerated = blocksEnumerated;
    this.buildNanos = buildNanos;
  }

  /** Of a mask expression: interval arithmetic first, compiled pairs for what it leaves. */
  public static BlockMap of(MaskExpression mask, Domain domain, BlockSize size) {
    return of(mask, domain, size, BlockEnumerator.of(mask.compile(domain), domain, size));
  }

  /** Of a mask expression whose undecided blocks somebody else enumerates: a device. */
  public static BlockMap of(
      MaskExpression mask, Domain domain, BlockSize size, BlockEnumerator enumerator) {
    return build(
        domain,
        size,
        (b, h, firstQuery, lastQuery, firstKey, lastKey) ->
            mask.over(domain, b, h, firstQuery, lastQuery, firstKey, lastKey),
        enumerator,
        mask.uses(Variable.B),
        mask.uses(Variable.H));
  }

  /**
   * Of anything.
   *
   * @param dependsOnBatch whether two batches of equal offset and lengths may differ
   * @param dependsOnHead whether two heads may differ
   */
  public static BlockMap build(
      Domain domain,
      BlockSize size,
      RegionTruth truth,
      BlockEnumerator enumerator,
      boolean dependsOnBatch,
      boolean dependsOnHead) {
    long start = System.nanoTime();
    List<BlockPlane> planes = new ArrayList<>();
    Map<List<Integer>, Integer> known = new HashMap<>();
    int[] planeOf = new int[Math.multiplyExact(domain.batch(), domain.heads())];
    long asked = 0;
    long enumerated = 0;
    for (int b = 0; b < domain.batch(); b++) {
      for (int h = 0; h < domain.heads(); h++) {
        List<Integer> sameFor =
            List.of(
                dependsOnBatch ? b : -1,
                dependsOnHead ? h : -1,
                domain.queryOffsets().get(b),
                domain.queries(b),
                domain.keys(b));
        Integer plane = known.get(sameFor);
        if (plane == null) {
          Subdivision subdivision = new Subdivision(domain, size, b, h);
          plane = planes.size();
          planes.add(subdivision.build(truth, enumerator));
          known.put(sameFor, plane);
          asked += subdivision.asked();
          enumerated += subdivision.enumerated();
        }
        planeOf[b * domain.heads() + h] = plane;
      }
    }
    return new BlockMap(
        domain, size, planes, planeOf, asked, enumerated, System.nanoTime() - start);
  }

  /** What it was built for. */
  public Domain domain() {
    return domain;
  }

  /** Extent of a block. */
  public BlockSize size() {
    return size;
  }

  /** The distinct planes. */
  public List<BlockPlane> planes() {
    return planes;
  }

  /** Index in {@link #planes} of the plane of a batch and head. */
  public int planeIndex(int b, int h) {
    return planeOf[b * domain.heads() + h];
  }

  /** The plane of a batch and head. */
  public BlockPlane plane(int b, int h) {
    return planes.get(planeIndex(b, h));
  }

  /** What it occupies. */
  public long bytes() {
    return planes.stream().mapToLong(BlockPlane::bytes).sum() + 4L * planeOf.length;
  }

  /** Wall time of building it. */
  public long buildNanos() {
    return buildNanos;
  }

  /** Regions that the proof was asked about. */
  public long regionsAsked() {
    return regionsAsked;
  }

  /** Blocks that no proof decided. */
  public long blocksEnumerated() {
    return blocksEnumerated;
  }

  /** Counts blocks, and pairs exactly: those of partial blocks one by one. */
  public BlockCounts counts(PairPredicate pairs) {
    BlockCounts[] ofPlane = new BlockCounts[planes.size()];
    long visible = 0;
    long all = 0;
    long empty = 0;
    long partial = 0;
    long full = 0;
    for (int b = 0; b < domain.batch(); b++) {
      for (int h = 0; h < domain.heads(); h++) {
        int plane = planeIndex(b, h);
        BlockCounts counts = ofPlane[plane];
        if (counts == null) {
          counts = counts(planes.get(plane), pairs, b, h);
          ofPlane[plane] = counts;
        }
        visible += counts.visiblePairs();
        all += counts.pairs();
        empty += counts.emptyBlocks();
        partial += counts.partialBlocks();
        full += counts.fullBlocks();
      }
    }
    return new BlockCounts(visible, all, empty, partial, full);
  }

  private BlockCounts counts(BlockPlane plane, PairPredicate pairs, int b, int h) {
    long visible = 0;
    long partial = 0;
    long full = 0;
    for (int row = 0; row < plane.rows(); row++) {
      int firstQuery = row * size.queries();
      int endQuery = (int) Math.min(domain.queries(b), firstQuery + (long) size.queries());
      for (int run = plane.firstRun(row); run < plane.endRun(row); run++) {
        int firstKey = plane.firstColumn(run) * size.keys();
        int endKey = (int) Math.min(domain.keys(b), (long) plane.endColumn(run) * size.keys());
        int blocks = plane.endColumn(run) - plane.firstColumn(run);
        if (plane.isFull(run)) {
          full += blocks;
          visible += (long) (endQuery - firstQuery) * (endKey - firstKey);
        } else {
          partial += blocks;
          for (int q = firstQuery; q < endQuery; q++) {
            visible += pairs.count(b, h, q, domain.position(b, q), firstKey, endKey);
          }
        }
      }
    }
    long blocks = (long) plane.rows() * plane.columns();
    return new BlockCounts(
        visible, (long) domain.queries(b) * domain.keys(b), blocks - partial - full, partial, full);
  }
}
