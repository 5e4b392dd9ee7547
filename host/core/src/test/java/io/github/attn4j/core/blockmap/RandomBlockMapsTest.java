package io.github.attn4j.core.blockmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.ExpressionDraw;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.PairPredicate;
import io.github.attn4j.core.expression.Truth;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Block maps of random masks hold what their pairs say, block by block. */
class RandomBlockMapsTest {
  private static final int MASKS = 2000;

  @Test
  void everyBlockIsWhatItsPairsMakeIt() {
    long blocks = 0;
    long enumerated = 0;
    for (int seed = 0; seed < MASKS; seed++) {
      ExpressionDraw draw = new ExpressionDraw(seed);
      SplittableRandom random = new SplittableRandom(seed);
      MaskExpression mask = draw.mask();
      Domain domain = draw.domain();
      BlockSize size = new BlockSize(1 + random.nextInt(12), 1 + random.nextInt(12));
      PairPredicate pairs = mask.compile(domain);
      BlockMap map = BlockMap.of(mask, domain, size);
      String what = "seed %d, %s, %s: %s".formatted(seed, size, domain, mask);
      long visible = 0;
      long[] counts = new long[3];
      for (int b = 0; b < domain.batch(); b++) {
        for (int h = 0; h < domain.heads(); h++) {
          BlockPlane plane = map.plane(b, h);
          assertThat(plane.rows())
              .isEqualTo((domain.queries() + size.queries() - 1) / size.queries());
          assertThat(plane.columns()).isEqualTo((domain.keys(b) + size.keys() - 1) / size.keys());
          for (int row = 0; row < plane.rows(); row++) {
            requireOrdered(plane, row, what);
            for (int column = 0; column < plane.columns(); column++) {
              int seen = 0;
              int all = 0;
              for (int q = row * size.queries();
                  q < Math.min(domain.queries(), (row + 1) * size.queries());
                  q++) {
                for (int k = column * size.keys();
                    k < Math.min(domain.keys(b), (column + 1) * size.keys());
                    k++) {
                  seen += pairs.visible(b, h, q, domain.position(b, q), k) ? 1 : 0;
                  all++;
                }
              }
              BlockKind expected =
                  seen == 0 ? BlockKind.EMPTY : seen == all ? BlockKind.FULL : BlockKind.PARTIAL;
              assertThat(plane.kind(row, column)).as(what).isEqualTo(expected);
              visible += seen;
              counts[seen == 0 ? 0 : seen == all ? 2 : 1]++;
            }
          }
        }
      }
      BlockCounts found = map.counts(pairs);
      assertThat(found.visiblePairs()).as(what).isEqualTo(visible);
      assertThat(found.emptyBlocks()).as(what).isEqualTo(counts[0]);
      assertThat(found.partialBlocks()).as(what).isEqualTo(counts[1]);
      assertThat(found.fullBlocks()).as(what).isEqualTo(counts[2]);
      blocks += counts[0] + counts[1] + counts[2];
      enumerated += map.blocksEnumerated();
      // Code alone, with no proof to start from, leads to the same map.
      assertThat(
              BlockMap.build(
                      domain,
                      size,
                      (a, c, d, e, f, g) -> Truth.MIXED,
                      BlockEnumerator.of(pairs, domain, size),
                      true,
                      true)
                  .plane(0, 0))
          .as(what)
          .isEqualTo(map.plane(0, 0));
    }
    assertThat(enumerated).isPositive().isLessThan(blocks);
  }

  private static void requireOrdered(BlockPlane plane, int row, String what) {
    for (int run = plane.firstRun(row); run < plane.endRun(row); run++) {
      assertThat(plane.endColumn(run)).as(what).isGreaterThan(plane.firstColumn(run));
      if (run > plane.firstRun(row)) {
        boolean apart = plane.firstColumn(run) > plane.endColumn(run - 1);
        boolean touching = plane.firstColumn(run) == plane.endColumn(run - 1);
        assertThat(apart || (touching && plane.isFull(run) != plane.isFull(run - 1)))
            .as(what)
            .isTrue();
      }
    }
  }
}
