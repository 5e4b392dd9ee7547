package io.github.attn4j.core.spec;

import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.expression.Table;
import io.github.attn4j.core.input.SplitMix64;
import java.util.ArrayList;
import java.util.List;

/**
 * Small problems with masks composed of up to four parts, in every nesting; some scores are
 * modified.
 */
final class RandomSpecs {
  private static final Bindings TABLES =
      Bindings.none()
          .with("doc", Table.ofInts(new int[] {0, 0, 0, 1, 1, 2, 2, 2, 2, 3}))
          .with("row", Table.ofFloats(new float[] {1, -1, 0.5f}));

  private final SplitMix64 random;
  private long next;

  private RandomSpecs(long seed) {
    random = new SplitMix64(seed, 'S');
  }

  static AttentionSpec of(long seed) {
    return new RandomSpecs(seed).spec();
  }

  private int below(int bound) {
    return random.below(next++, bound);
  }

  private AttentionSpec spec() {
    int batch = 1 + below(3);
    int kvHeads = 1 + below(2);
    int heads = kvHeads * (1 + below(3));
    int queries = 1 + below(12);
    int keys = 1 + below(12);
    List<Integer> offsets = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
      offsets.add(below(40) - 20);
      lengths.add(below(keys + 1));
    }
    Mask mask = Mask.none();
    for (int part = below(5); part > 0; part--) {
      Mask more = mask(batch, heads, queries, keys);
      mask = below(2) == 0 ? mask.and(more) : more.and(mask);
    }
    AttentionSpecBuilder builder =
        AttentionSpec.builder()
            .batch(batch)
            .heads(heads, kvHeads)
            .lengths(queries, keys)
            .dims(4, 6)
            .mask(mask)
            .keyLengths(lengths);
    if (below(4) == 0) {
      builder.scoreModifier(
          ScoreModifier.expression(ScoreExpression.parse("s * 2 + row[k]", TABLES)));
    }
    return (below(2) == 0 ? builder.queryOffsets(offsets) : builder).build();
  }

  /** A condition of one of the kinds that patterns are made of, some over tables. */
  private Mask condition() {
    String text =
        switch (below(8)) {
          case 0 -> "k <= p + %d".formatted(below(5));
          case 1 -> "(p + k) %% 3 != %d".formatted(below(3));
          case 2 -> "hash(%d, h, p, k) %% 3 != 0".formatted(below(100));
          case 3 -> "h != %d || k < 3".formatted(below(3));
          case 4 -> "b == %d || q %% 2 == 0".formatted(below(3));
          case 5 -> "doc[q] == doc[k]";
          case 6 -> "p - k < %d && k < nk - 1".formatted(below(9));
          default -> "k > p + 50";
        };
    return Mask.expression(MaskExpression.parse(text, TABLES));
  }

  private Mask mask(int batch, int heads, int queries, int keys) {
    int b = below(2) == 0 ? 1 : batch;
    int h = below(2) == 0 ? 1 : heads;
    int q = below(2) == 0 ? 1 : queries;
    boolean[] booleans = new boolean[b * h * q * keys];
    float[] floats = new float[b * h * q * keys];
    for (int index = 0; index < floats.length; index++) {
      booleans[index] = below(4) != 0;
      floats[index] =
          switch (below(5)) {
            case 0 -> Float.NEGATIVE_INFINITY;
            case 1 -> -Float.MAX_VALUE;
            default -> random.normal(next++);
          };
    }
    return switch (below(7)) {
      case 5, 6 -> condition();
      case 0 -> Mask.none();
      case 1 -> Mask.causal();
      case 2 -> Mask.window(below(12) - 1, below(12) - 1);
      case 3 -> new Mask.DenseBoolean(DenseMask.ofBooleans(b, h, q, keys, booleans));
      default -> new Mask.DenseAdditive(DenseMask.ofFloats(b, h, q, keys, floats));
    };
  }
}
