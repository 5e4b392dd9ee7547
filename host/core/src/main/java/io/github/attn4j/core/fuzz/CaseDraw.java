package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.expression.ExpressionException;
import io.github.attn4j.core.input.PageTables;
import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The cases of a run: the n-th is a function of the seed and n alone, so that any one can be had
 * again without those before it.
 */
public final class CaseDraw {
  private static final int[][] HEADS = {{1, 1}, {3, 3}, {2, 1}, {4, 2}, {6, 2}, {4, 1}};

  /** Multiplications of one product: some thousandths of a second for the oracle. */
  private static final long MOST_WORK = 3_000_000;

  /** Draws of one case that an expression may refuse before something is wrong with the draw. */
  private static final int TRIES = 200;

  private final long seed;
  private final List<ProgramShape> shapes;

  /** The cases of a seed. */
  public CaseDraw(long seed) {
    this.seed = seed;
    this.shapes = ProgramShape.draw(seed);
  }

  /** The shapes that all cases have one of. */
  List<ProgramShape> shapes() {
    return shapes;
  }

  /** Case n, from 0. */
  public FuzzCase draw(long n) {
    Random random = new Random(new SplitMix64(seed, 'C').bits(n));
    for (int tries = 0; tries < TRIES; tries++) {
      ProgramShape program = shapes.get(random.nextInt(shapes.size()));
      FuzzCase drawn = draw(program, random);
      try {
        AttentionSpec spec = drawn.spec();
        if (work(spec) <= MOST_WORK) {
          return drawn;
        }
      } catch (ExpressionException refused) {
        // Certainly wrong for this shape, an overflow say: the next draw will do.
      }
    }
    throw new IllegalStateException(
        "seed %d, case %d: no shape in %d draws suits the expressions".formatted(seed, n, TRIES));
  }

  private static long work(AttentionSpec spec) {
    return (long) spec.batch()
        * spec.queryHeads()
        * spec.queryLength()
        * spec.kvLength()
        * (spec.headDim() + spec.valueDim());
  }

  private static FuzzCase draw(ProgramShape program, Random random) {
    FuzzShape shape = shape(program, random);
    List<AdversarialFamily> families = new ArrayList<>(List.of(AdversarialFamily.values()));
    families.removeIf(family ->
        !family.fits(
            new io.github.attn4j.core.spec.ElementTypes(shape.queryType(), shape.keyValueType())));
    PoisonKind poison =
        List.of(PoisonKind.NAN, PoisonKind.INFINITE, PoisonKind.HUGE).get(random.nextInt(3));
    return new FuzzCase(
        families.get(random.nextInt(families.size())),
        random.nextLong(),
        poison,
        shape,
        program.texts().with(window(random), dense(random)),
        places(program, shape, random));
  }

  private static FuzzShape shape(ProgramShape program, Random random) {
    int batch = 1 + Math.min(random.nextInt(5), random.nextInt(5));
    int queries = oneOf(random, 1, 1 + random.nextInt(16), 17 + random.nextInt(84));
    int keys =
        oneOf(
            random,
            1 + random.nextInt(16),
            17 + random.nextInt(100),
            17 + random.nextInt(100),
            100 + random.nextInt(220));
    List<Integer> queryLengths = new ArrayList<>();
    List<Integer> keyLengths = new ArrayList<>();
    List<Integer> offsets = new ArrayList<>();
    boolean ragged = random.nextInt(3) == 0;
    boolean full = random.nextInt(3) == 0;
    int alignment = random.nextInt(3);
    for (int b = 0; b < batch; b++) {
      int own = full ? keys : random.nextInt(8) == 0 ? 0 : 1 + random.nextInt(keys);
      // The first sequence is the longest.
      queryLengths.add(ragged && b > 0 ? random.nextInt(queries + 1) : queries);
      keyLengths.add(own);
      offsets.add(
          switch (alignment) {
            case 0 -> 0;
            case 1 -> own - queryLengths.getLast();
            default -> random.nextInt(keys + 60) - 30;
          });
    }
    if (batch > 1 && random.nextBoolean()) {
      Collections.swap(queryLengths, 0, batch - 1);
    }
    int[] heads = HEADS[random.nextInt(HEADS.length)];
    if (!program.anyHeads()) {
      int divisor = 1 + random.nextInt(program.queryHeads());
      heads = new int[] {program.queryHeads(), program.queryHeads() % divisor == 0 ? divisor : 1};
    }
    return new FuzzShape(
        batch,
        heads[0],
        heads[1],
        queries,
        keys,
        program.headDim(),
        program.valueDim(),
        scale(random),
        random.nextInt(4) == 0 ? oneOf(random, 1, 5, 20, 50) : 0,
        offsets,
        queryLengths,
        keyLengths,
        program.queryType(),
        program.keyValueType(),
        random.nextInt(4) == 0);
  }

  private static @Nullable Float scale(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> 0.01f + random.nextFloat();
      case 1 -> -random.nextFloat() / 4;
      case 2 -> random.nextInt(4) == 0 ? 0f : random.nextFloat() / 8;
      default -> null;
    };
  }

  private static Mask.@Nullable Window window(Random random) {
    return switch (random.nextInt(5)) {
      case 0, 1 -> new Mask.Window(-1, 0);
      case 2 -> new Mask.Window(random.nextInt(40) - 1, random.nextInt(40) - 1);
      default -> null;
    };
  }

  private static @Nullable DenseDraw dense(Random random) {
    return random.nextInt(3) > 0
        ? null
        : new DenseDraw(
            random.nextBoolean(),
            random.nextBoolean(),
            random.nextBoolean(),
            random.nextInt(4) > 0,
            List.of(DenseDraw.Pattern.values()).get(random.nextInt(4)),
            random.nextLong());
  }

  private static FuzzPlaces places(ProgramShape program, FuzzShape shape, Random random) {
    boolean scaled = program.keyValueType().scaled();
    FuzzPlaces.Rows queries =
        random.nextInt(3) == 0 ? packed(shape.queryLengths(), 1, random) : FuzzPlaces.Rows.PADDED;
    FuzzPlaces.Rows keys = FuzzPlaces.Rows.PADDED;
    if (program.paged()) {
      keys = FuzzPlaces.Rows.paged(pages(shape.keyLengths(), random));
    } else if (random.nextInt(3) == 0) {
      keys = packed(shape.keyLengths(), scaled ? ElementType.KEYS_PER_SCALE : 1, random);
    }
    return new FuzzPlaces(
        queries,
        keys,
        gaps(random, true),
        gaps(random, !scaled),
        gaps(random, !scaled),
        gaps(random, false));
  }

  private static RowPlacement.Paged pages(List<Integer> lengths, Random random) {
    int size = oneOf(random, 16, 16, 32, 64);
    long seed = random.nextLong();
    return switch (random.nextInt(3)) {
      case 0 -> PageTables.inOrder(size, lengths);
      case 1 -> PageTables.sharingPrefix(size, lengths, random.nextInt(100), seed);
      default -> PageTables.shuffled(size, lengths, seed);
    };
  }

  /** In any order, with rows between them that nobody has. */
  private static FuzzPlaces.Rows packed(List<Integer> lengths, int multiple, Random random) {
    List<Integer> order = new ArrayList<>();
    for (int b = 0; b < lengths.size(); b++) {
      order.add(b);
    }
    Collections.shuffle(order, random);
    List<Integer> starts = new ArrayList<>(Collections.nCopies(lengths.size(), 0));
    int next = 0;
    for (int b : order) {
      next = Math.ceilDiv(next + random.nextInt(4), multiple) * multiple;
      starts.set(b, next);
      next += lengths.get(b);
    }
    return FuzzPlaces.Rows.packed(starts);
  }

  private static Gaps gaps(Random random, boolean mayRepeat) {
    if (random.nextInt(4) == 0) {
      return Gaps.NONE;
    }
    Gaps.Repeat repeat =
        mayRepeat && random.nextInt(6) == 0
            ? List.of(Gaps.Repeat.SLOTS, Gaps.Repeat.HEADS).get(random.nextInt(2))
            : Gaps.Repeat.NOTHING;
    return new Gaps(
        List.of(Gaps.Order.values()).get(random.nextInt(6)),
        random.nextInt(20),
        random.nextInt(3) * random.nextInt(9),
        random.nextInt(2) * random.nextInt(40),
        random.nextInt(2) * random.nextInt(40),
        random.nextInt(20),
        repeat);
  }

  private static int oneOf(Random random, int... values) {
    return values[random.nextInt(values.length)];
  }
}
