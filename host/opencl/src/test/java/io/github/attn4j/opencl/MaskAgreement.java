package io.github.attn4j.opencl;

import io.github.attn4j.core.blockmap.BlockEnumerator;
import io.github.attn4j.core.blockmap.BlockKind;
import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.Expression;
import io.github.attn4j.core.expression.ExpressionException;
import io.github.attn4j.core.expression.ExpressionShrink;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.PairPredicate;
import io.github.attn4j.core.expression.Truth;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Holds what a device says of random masks against what Java's compiled predicates and the block
 * maps say.
 */
final class MaskAgreement {
  /** Smaller than the draws' shapes, so that blocks of every kind occur, and what kernels use. */
  private static final List<BlockSize> SIZES =
      List.of(new BlockSize(4, 4), new BlockSize(16, 8), BlockSize.STANDARD);

  /** Whether a device may answer otherwise where rounding decides. */
  private final boolean roundingAllowed;

  private final OpenClSession session;
  private final UnaryOperator<String> planted;
  private long pairs;
  private long visible;
  private long roundedOtherwise;
  private final Map<BlockKind, Long> blocks = new EnumMap<>(BlockKind.class);

  /**
   * @param roundingAllowed whether masks compare values of exp, tanh and log2: then a pair may
   *     differ where bounds that hold for every device leave it open, and of block maps only what
   *     is proved counts
   * @param planted changes what masks are emitted as; identity but for a test of this test
   */
  MaskAgreement(OpenClSession session, boolean roundingAllowed, UnaryOperator<String> planted) {
    this.session = session;
    this.roundingAllowed = roundingAllowed;
    this.planted = planted;
  }

  /**
   * One thing that two of the three say differently.
   *
   * @param nodes of the mask's tree
   */
  record Disagreement(DrawnMask mask, String where, int nodes) {}

  /**
   * Asks about all masks with one program. The first one found is made as small as it differs,
   * which takes a program for every smaller one that is tried; the others stand as they are.
   */
  List<Disagreement> of(List<DrawnMask> masks) {
    List<Disagreement> all = asDrawn(masks);
    if (!all.isEmpty()) {
      all.set(0, shrunk(all.getFirst()));
    }
    return all;
  }

  /** As {@link #of}, without making anything smaller. */
  List<Disagreement> asDrawn(List<DrawnMask> masks) {
    List<VisibilityBitmaps> onDevice = VisibilityBitmaps.of(session, masks, planted);
    List<Disagreement> all = new ArrayList<>();
    for (int index = 0; index < masks.size(); index++) {
      first(masks.get(index), onDevice.get(index)).ifPresent(all::add);
    }
    return all;
  }

  /** Pairs asked about so far. */
  long pairs() {
    return pairs;
  }

  /** Share of them that the device sees. */
  double visibleShare() {
    return (double) visible / pairs;
  }

  /** Pairs that the device answers otherwise, as it may. */
  long roundedOtherwise() {
    return roundedOtherwise;
  }

  /** Blocks of a kind held against the device's pairs so far. */
  long blocks(BlockKind kind) {
    return blocks.getOrDefault(kind, 0L);
  }

  private Disagreement shrunk(Disagreement found) {
    DrawnMask mask = found.mask();
    Expression smallest =
        ExpressionShrink.smallest(mask.mask().tree(), tree -> alone(mask, tree).isPresent());
    return alone(mask, smallest)
        .map(small ->
            new Disagreement(
                small.mask(),
                "%s%nshrunk from %s".formatted(small.where(), mask.mask()),
                small.nodes()))
        .orElse(
            new Disagreement(
                mask, found.where() + " (but not in a program of its own)", found.nodes()));
  }

  private Optional<Disagreement> alone(DrawnMask mask, Expression tree) {
    try {
      DrawnMask candidate = mask.with(tree);
      return first(
          candidate, VisibilityBitmaps.of(session, List.of(candidate), planted).getFirst());
    } catch (ExpressionException refused) {
      return Optional.empty(); // no mask any more: a divisor that is 0 for every pair, say
    }
  }

  private Optional<Disagreement> first(DrawnMask mask, VisibilityBitmaps onDevice) {
    Optional<String> where = pair(mask, onDevice);
    for (BlockSize size : SIZES) {
      where = where.or(() -> block(mask, onDevice, size));
    }
    return where.map(text -> new Disagreement(mask, text, nodes(mask.mask().tree())));
  }

  private Optional<String> pair(DrawnMask mask, VisibilityBitmaps onDevice) {
    Domain domain = mask.domain();
    PairPredicate onHost = mask.mask().compile(domain);
    for (int b = 0; b < domain.batch(); b++) {
      boolean[] row = new boolean[domain.keys(b)];
      for (int h = 0; h < domain.heads(); h++) {
        for (int q = 0; q < domain.queries(); q++) {
          onHost.fill(b, h, q, domain.position(b, q), 0, row.length, row, 0);
          for (int k = 0; k < row.length; k++) {
            boolean seen = onDevice.visible(b, h, q, k);
            pairs++;
            visible += seen ? 1 : 0;
            if (seen == row[k]) {
              continue;
            }
            if (roundingAllowed && open(mask.mask(), domain, b, h, q, k)) {
              roundedOtherwise++;
              continue;
            }
            return Optional.of(
                "b %d, h %d, q %d, p %d, k %d: Java says %s, the device %s"
                    .formatted(b, h, q, domain.position(b, q), k, said(row[k]), said(seen)));
          }
        }
      }
    }
    return Optional.empty();
  }

  /** Whether bounds of one pair, wide enough for any device, leave it undecided. */
  private static boolean open(MaskExpression mask, Domain domain, int b, int h, int q, int k) {
    return mask.over(domain, b, h, q, q, k, k) == Truth.MIXED;
  }

  private Optional<String> block(DrawnMask mask, VisibilityBitmaps onDevice, BlockSize size) {
    Domain domain = mask.domain();
    BlockMap map = map(mask, size);
    for (int b = 0; b < domain.batch(); b++) {
      for (int h = 0; h < domain.heads(); h++) {
        for (int row = 0; row < size.rows(domain.queries()); row++) {
          for (int column = 0; column < size.columns(domain.keys(b)); column++) {
            BlockKind kind = map.plane(b, h).kind(row, column);
            BlockKind seen = seen(onDevice, domain, size, b, h, row, column);
            blocks.merge(kind, 1L, Long::sum);
            if (kind != seen && !(roundingAllowed && kind == BlockKind.PARTIAL)) {
              return Optional.of(
                  "b %d, h %d, queries from %d, keys from %d, in blocks of %d x %d: the map says %s, the device's pairs are %s"
                      .formatted(
                          b,
                          h,
                          row * size.queries(),
                          column * size.keys(),
                          size.queries(),
                          size.keys(),
                          kind,
                          seen));
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  /** Where rounding decides, what Java's pairs say of a block proves nothing about a device's. */
  private BlockMap map(DrawnMask mask, BlockSize size) {
    if (!roundingAllowed) {
      return BlockMap.of(mask.mask(), mask.domain(), size);
    }
    BlockEnumerator undecided =
        (b, h, rows, columns, count, kinds) -> Arrays.fill(kinds, 0, count, BlockKind.PARTIAL);
    return BlockMap.of(mask.mask(), mask.domain(), size, undecided);
  }

  private static BlockKind seen(
      VisibilityBitmaps onDevice,
      Domain domain,
      BlockSize size,
      int b,
      int h,
      int row,
      int column) {
    int endQuery = Math.min(domain.queries(), (row + 1) * size.queries());
    int endKey = Math.min(domain.keys(b), (column + 1) * size.keys());
    boolean some = false;
    boolean all = true;
    for (int q = row * size.queries(); q < endQuery; q++) {
      for (int k = column * size.keys(); k < endKey; k++) {
        boolean visible = onDevice.visible(b, h, q, k);
        some |= visible;
        all &= visible;
      }
    }
    if (all) {
      return BlockKind.FULL;
    }
    return some ? BlockKind.PARTIAL : BlockKind.EMPTY;
  }

  private static int nodes(Expression tree) {
    return 1 + tree.operands().stream().mapToInt(MaskAgreement::nodes).sum();
  }

  private static String said(boolean visible) {
    return visible ? "visible" : "masked";
  }

  /** What a person needs to see why. */
  static String report(List<Disagreement> disagreements) {
    StringBuilder text = new StringBuilder();
    for (Disagreement found : disagreements) {
      text.append("%n%s%n%s%n".formatted(found.mask().described(), found.where()));
    }
    return text.toString();
  }
}
