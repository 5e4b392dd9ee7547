package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.blockmap.BlockKind;
import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.expression.ExpressionDraw;
import io.github.attn4j.core.expression.ExpressionException;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.QuickGrid;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Masks and scores as expressions: what is right, and what their blocks save. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExpressionsTest {
  private static final int WIDTH = MicroKernels.WIDTH;
  private static final int KEYS = FlashTile.KEYS;

  private JavaSession session;

  @BeforeAll
  void open() {
    JavaBackend backend = new JavaBackend();
    session = (JavaSession) backend.open(backend.devices().getFirst());
  }

  @AfterAll
  void close() {
    session.close();
  }

  @Test
  void everyCaseOfTheQuickGridIsWithinBudget() {
    List<String> wrong = new ArrayList<>();
    for (GridCase gridCase : QuickGrid.cases(1)) {
      String failure = failure(gridCase.inputs());
      if (!failure.isEmpty()) {
        wrong.add(gridCase.name() + " " + gridCase.spec().label() + ": " + failure);
      }
    }
    assertThat(wrong).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "k <= p",
        "k <= p && p - k < 100",
        "hash(1, p / 64, k / 64) % 10 == 0",
        "hash(1, h, p / 64, k / 64) % 3 == 0 || k < 4",
        "h == 1",
        "k / 100 == p / 100",
        "k > p + 5000"
      })
  void visitsTheBlocksThatItsRowsListAndNoOthers(String condition) {
    for (int queries : new int[] {1, 37, 64, 300}) {
      AttentionSpec spec =
          AttentionSpec.builder()
              .batch(2)
              .heads(6, 2)
              .lengths(queries, 450)
              .dim(8)
              .keyLengths(List.of(450, 130))
              .mask(mask(condition))
              .build();
      AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
      try (StagedInputs staged = session.stage(inputs);
          FlashPreparedKernel kernel =
              (FlashPreparedKernel) session.prepare(JavaKernel.FLASH, staged)) {
        kernel.run();
        assertThat(Expected.of(inputs).compare(kernel.read()).passed()).isTrue();
        // A block that the map lists for a tile's block rows may still be empty for the tile's own
        // rows: those are asked about, and not computed.
        assertThat(kernel.scoredTiles())
            .as("%s, %d queries", condition, queries)
            .isEqualTo(tilesSeen(spec));
      }
    }
  }

  /** Tiles of keys in which some row of a tile of queries sees something, counted pair by pair. */
  private static long tilesSeen(AttentionSpec spec) {
    int group = spec.queryHeads() / spec.kvHeads();
    long count = 0;
    for (int b = 0; b < spec.batch(); b++) {
      for (int kvHead = 0; kvHead < spec.kvHeads(); kvHead++) {
        for (int first = 0; first < group * spec.queryLength(); first += WIDTH) {
          for (int key = 0; key < spec.kvLength(); key += KEYS) {
            count += seesSomething(spec, b, kvHead * group, first, key) ? 1 : 0;
          }
        }
      }
    }
    return count;
  }

  private static boolean seesSomething(
      AttentionSpec spec, int b, int firstHead, int firstRow, int firstKey) {
    int rows = spec.queryHeads() / spec.kvHeads() * spec.queryLength();
    for (int row = firstRow; row < Math.min(rows, firstRow + WIDTH); row++) {
      int h = firstHead + row / spec.queryLength();
      for (int key = firstKey; key < Math.min(spec.kvLength(), firstKey + KEYS); key++) {
        if (spec.visible(b, h, row % spec.queryLength(), key)) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void runsOfATileAreTheUnionOverItsRowsAndFullWhereAllAre() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .heads(5, 1)
            .lengths(7, 1000)
            .dim(8)
            .mask(mask("hash(h, k / 64) % 3 != 0 && (h != 2 || k % 7 != 1)"))
            .build();
    BlockMap map = spec.blockMap();
    TileRuns runs = new TileRuns(map);
    runs.clear();
    for (int row = 0; row < Math.min(WIDTH, 5 * 7); row++) {
      runs.add(0, row / 7, row % 7);
    }
    int heads = Math.ceilDiv(Math.min(WIDTH, 5 * 7), 7);
    BlockKind[] kinds = new BlockKind[map.plane(0, 0).columns()];
    Arrays.fill(kinds, BlockKind.EMPTY);
    while (runs.next()) {
      for (int key = runs.firstKey(); key < runs.endKey(); key += 64) {
        assertThat(kinds[key / 64]).as("visited once").isEqualTo(BlockKind.EMPTY);
        kinds[key / 64] = runs.isFull() ? BlockKind.FULL : BlockKind.PARTIAL;
      }
    }
    for (int column = 0; column < kinds.length; column++) {
      int listed = 0;
      int full = 0;
      for (int h = 0; h < heads; h++) {
        BlockKind kind = map.plane(0, h).kind(0, column);
        listed += kind == BlockKind.EMPTY ? 0 : 1;
        full += kind == BlockKind.FULL ? 1 : 0;
      }
      BlockKind some = full == heads ? BlockKind.FULL : BlockKind.PARTIAL;
      assertThat(kinds[column]).isEqualTo(listed == 0 ? BlockKind.EMPTY : some);
    }
    assertThat(kinds).contains(BlockKind.PARTIAL);
  }

  @Test
  void agreesWithTheOracleOnRandomMasks() {
    requireRandomExpressionsPass(0, 60);
  }

  @Test
  @Tag("full")
  void agreesWithTheOracleOnManyRandomMasks() {
    requireRandomExpressionsPass(60, 1000);
  }

  /** Conditions of any kind beside any of the masks of {@link SpecGrid}. */
  private void requireRandomExpressionsPass(int from, int to) {
    InputFamily[] families = InputFamily.values();
    int tried = 0;
    for (int seed = from; seed < to; seed++) {
      AttentionSpec base = SpecGrid.random(seed);
      Mask condition = Mask.expression(new ExpressionDraw(seed).mask());
      AttentionSpec spec;
      try {
        spec = base.toBuilder().mask(base.mask().and(condition)).build();
      } catch (ExpressionException refused) {
        continue; // an overflow that is certain for this shape
      }
      tried++;
      AttentionInputs inputs =
          AttentionInputs.generate(spec, families[seed % families.length], seed);
      assertThat(failure(inputs)).as("seed %d: %s", seed, spec.mask().label()).isEmpty();
    }
    assertThat(tried).isGreaterThan((to - from) / 2);
  }

  @Test
  void agreesWithTheOracleOnRandomScores() {
    requireRandomScoresPass(0, 60);
  }

  @Test
  @Tag("full")
  void agreesWithTheOracleOnManyRandomScores() {
    requireRandomScoresPass(60, 1000);
  }

  private void requireRandomScoresPass(int from, int to) {
    int tried = 0;
    for (int seed = from; seed < to; seed++) {
      AttentionSpec base = SpecGrid.random(seed);
      ScoreModifier score = ScoreModifier.expression(new ExpressionDraw(seed).score());
      AttentionSpec spec;
      try {
        spec = base.toBuilder().scoreModifier(score).build();
      } catch (ExpressionException refused) {
        continue; // an overflow that is certain for this shape
      }
      tried++;
      AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, seed);
      assertThat(failure(inputs)).as("seed %d: %s", seed, spec.wholeLabel()).isEmpty();
    }
    assertThat(tried).isGreaterThan((to - from) / 2);
  }

  @Test
  void scoresBecomeWhatTheExpressionSaysBesideEveryMask() {
    List<Mask> masks =
        List.of(
            Mask.none(),
            Mask.causal(),
            Mask.window(30, 5),
            mask("k <= p && k % 3 != 1"),
            SpecGrid.additive(3, 1, 6, 70, 200),
            SpecGrid.booleans(4, 2, 1, 70, 200).and(mask("k % 5 != p % 5")));
    for (String score : List.of("s - slope(h) * abs(p - k)", "2 * s + h", "k % 7 == 3 ? -s : s")) {
      for (Mask mask : masks) {
        AttentionSpecBuilder builder =
            AttentionSpec.builder()
                .batch(2)
                .heads(6, 2)
                .lengths(70, 200)
                .dims(9, 11)
                .keyLengths(List.of(200, 133))
                .mask(mask)
                .scoreModifier(ScoreModifier.expression(ScoreExpression.parse(score)));
        for (float cap : new float[] {0, 3}) {
          AttentionInputs inputs =
              AttentionInputs.generate(
                  builder.softCap(cap).build(), InputFamily.POISON_NAN, (long) cap);
          assertThat(failure(inputs)).as("%s, %s", score, inputs.spec().label()).isEmpty();
        }
      }
    }
  }

  @Test
  void scratchIsWhatTheFormulaSays() {
    Mask condition = mask("k <= p");
    Mask dense = SpecGrid.booleans(1, 1, 1, 70, 70);
    ScoreModifier modifier = ScoreModifier.expression(ScoreExpression.parse("s + 1"));
    for (Mask mask : List.of(Mask.none(), condition, dense, condition.and(dense))) {
      for (ScoreModifier score : List.of(ScoreModifier.none(), modifier)) {
        AttentionSpec spec =
            AttentionSpec.builder()
                .heads(4, 2)
                .length(70)
                .dims(33, 37)
                .mask(mask)
                .scoreModifier(score)
                .build();
        long condition24 = spec.canonicalMask().expression() == null ? 0 : 24L * WIDTH;
        boolean any = condition24 > 0 || score.equals(modifier);
        long threads = Runtime.getRuntime().availableProcessors();
        long floats = 33L + 40 + KEYS + 3 + (spec.canonicalMask().dense() == null ? 0 : KEYS);
        long expected =
            threads
                    * (4L * WIDTH * floats
                        + 16L * KEYS
                        + 12L * WIDTH
                        + 4L * 37
                        + (any ? 12L * WIDTH + 5L * KEYS : 0)
                        + condition24)
                + 4L * 2 * Math.ceilDiv(2 * 70, WIDTH);
        AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 1);
        try (StagedInputs staged = session.stage(inputs);
            FlashPreparedKernel kernel =
                (FlashPreparedKernel) session.prepare(JavaKernel.FLASH, staged)) {
          assertThat(kernel.scratchBytes())
              .as(spec.label())
              .isEqualTo(JavaKernel.FLASH.scratchBytes(spec, session.device(), kernel.tuning()))
              .isEqualTo(expected);
          long mapBytes = condition24 == 0 ? 0 : spec.blockMap().bytes();
          long maskBytes =
              spec.canonicalMask().dense() == null ? 0 : spec.canonicalMask().dense().bytes();
          assertThat(staged.deviceBytes())
              .isEqualTo(inputs.bytes() + 4L * 4 * 70 * (37 + 1) + maskBytes + mapBytes);
        }
      }
    }
  }

  private String failure(AttentionInputs inputs) {
    Evaluation evaluation =
        Evaluator.evaluate(session, JavaKernel.FLASH, inputs, Expected.of(inputs));
    return evaluation instanceof Evaluation.Passed ? "" : evaluation.toString();
  }

  private static Mask mask(String text) {
    return Mask.expression(MaskExpression.parse(text));
  }
}
