package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.core.cost.LayerTime;
import io.github.attn4j.core.cost.LayerTimes;
import io.github.attn4j.core.cost.TransformerPresets;
import io.github.attn4j.core.cost.TransformerShape;
import io.github.attn4j.model.decoder.BlockShape;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which block runs, as memory and time allow. */
class BlockPlanTest {
  private static final long MUCH = 1L << 45;
  private static final TransformerShape GPT3 = TransformerPresets.named("gpt3");

  /** Attention at 50 and 100 operations a nanosecond, multiply-adds at 200. */
  private static final LayerTimes TIMES =
      new LayerTimes(
          "java:flash",
          "java:0",
          200,
          10,
          List.of(
              new LayerTime(512, LayerTime.Basis.MEASURED, 1, 512, 3, 1, 1, 50, 1, 1),
              new LayerTime(8192, LayerTime.Basis.MEASURED, 1, 8192, 3, 1, 1, 100, 1, 1)),
          null,
          "not yet");

  private static BlockPlan plan(TransformerShape shape, long memory, double seconds, Integer... n) {
    return BlockPlan.of(shape, TIMES, List.of(n), new BlockPlan.Limits(memory, memory, seconds, 2));
  }

  @Test
  void whereEverythingFitsTheModelsOwnBlockRunsOverTheLongestContext() {
    BlockPlan plan = plan(GPT3, MUCH, 1e6, 512, 2048, 1024);
    assertThat(plan.whole()).isTrue();
    assertThat(plan.block()).isEqualTo(new BlockShape(12288, 96, 96, 128, 49152));
    assertThat(plan.context()).isEqualTo(2048);
    // Causal pairs, 4 operations for each of 128 elements of 96 heads, at the rate of 512 tokens,
    // which as a ratio is as near as 8,192 and comes first.
    assertThat(plan.predictedAttentionNanos())
        .isCloseTo(4.0 * 2048 * 2049 / 2 * 128 * 96 / 50, within(1.0));
    // 4 d d for attention's and 8 d d for the feed-forward part's matrices, 2 operations each.
    assertThat(plan.predictedMatrixNanos())
        .isCloseTo(2.0 * 2048 * 12 * 12288 * 12288 / 200, within(1.0));
    assertThat(plan.wholePredictedNanos())
        .isCloseTo(plan.predictedAttentionNanos() + plan.predictedMatrixNanos(), within(1.0));
    assertThat(plan.differences())
        .containsExactly("rotary positions, which learned ones do without");
  }

  @Test
  void whereMemoryIsShortHalfTheHeadsRunAndAllElseIsNarrowerInProportion() {
    // 12 bytes for each of 1.8e9 parameters are 21.8 GB; of a quarter of them, a half as wide, 5.4.
    BlockPlan plan = plan(GPT3, 10L << 30, 1e6, 512, 2048);
    assertThat(plan.whole()).isFalse();
    assertThat(plan.block()).isEqualTo(new BlockShape(6144, 48, 48, 128, 24576));
    assertThat(plan.context()).isEqualTo(2048);
    assertThat(plan.choice())
        .startsWith("the model's own block over 128 tokens would take 20.4 GiB of the host")
        .contains("there are 10.0");
    double ratio = plan.wholePredictedNanos() / plan(GPT3, MUCH, 1e6, 2048).wholePredictedNanos();
    assertThat(ratio).isCloseTo(1, within(1e-12));
  }

  @Test
  void whereTimeIsShortTheWidestBlockComesBeforeTheLongestContext() {
    BlockPlan plan = plan(GPT3, MUCH, 7.5, 512, 2048);
    assertThat(plan.whole()).isFalse();
    assertThat(plan.choice()).contains("s to draw, check and run, and there are 7.5 s (--seconds)");
    BlockPlan longer = plan(GPT3, MUCH, 30, 512, 2048);
    assertThat(longer.block().modelDim()).isGreaterThanOrEqualTo(plan.block().modelDim());
    assertThat(plan.context()).isBetween(BlockPlan.SHORTEST, 2048);
    BlockPlan small = plan(TransformerPresets.named("gpt2"), MUCH, 7.5, 512, 131072);
    assertThat(small.whole()).isTrue();
    assertThat(small.context()).isEqualTo(512);
  }

  @Test
  void groupsStayWholeWhileThereAreSeveral() {
    // 32 heads of 128 on 8, d_model 4,096, feed-forward 14,336 with a gate.
    TransformerShape llama = TransformerPresets.named("llama-3-8b");
    BlockPlan whole = plan(llama, MUCH, 1e6, 512);
    assertThat(whole.block()).isEqualTo(new BlockShape(4096, 32, 8, 128, 21504));
    assertThat(whole.differences())
        .anySatisfy(
            text -> assertThat(text).contains("14,336 runs as one without a gate, 1.5 times as"))
        .anySatisfy(text -> assertThat(text).contains("RMS norms run as LayerNorms"));
    assertThat(plan(llama, 20_000_000, 1e6, 128).block())
        .isEqualTo(new BlockShape(256, 2, 1, 128, 1344));
    assertThat(plan(llama, 5_500_000, 1e6, 128).block())
        .isEqualTo(new BlockShape(128, 1, 1, 128, 672));
  }

  @Test
  void whatFitsInNoWayIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan(GPT3, 1000, 1, 512))
        .withMessageStartingWith(
            "not even one of d_model 128, 1 heads of 128 on 1, feed-forward 512 fits over 128 tokens: the model's own block over 128 tokens would take");
    TransformerShape odd =
        new TransformerShape(
            "odd",
            "a test",
            15,
            1,
            1,
            15,
            1,
            60,
            false,
            0,
            TransformerShape.Unembedding.NONE,
            true,
            1,
            0,
            0,
            TransformerShape.Bias.NONE,
            false,
            4,
            2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan(odd, MUCH, 1e6, 512))
        .withMessageContaining("the head dimension is 15");
  }

  private static TransformerShape oneHead(
      int feedForward, TransformerShape.Bias bias, boolean wide) {
    return new TransformerShape(
        "one head",
        "a test",
        64,
        1,
        1,
        64,
        1,
        feedForward,
        false,
        100,
        TransformerShape.Unembedding.TIED,
        true,
        1,
        0,
        0,
        bias,
        wide,
        4,
        2);
  }

  @Test
  void whatNoArrayHoldsIsRefusedOrLeftOut() {
    TransformerShape wide = oneHead(40_000_000, TransformerShape.Bias.ALL, true);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan(wide, MUCH, 1e9, 512))
        .withMessageContaining(
            "d_model 64 x feed-forward 40,000,000 has more elements than an array");
    assertThatIllegalArgumentException().isThrownBy(() -> BlockPlan.requireAddressable(wide));
    // 2^31 activations over 2,048 tokens: the next shorter context is the longest.
    TransformerShape large = oneHead(1 << 20, TransformerShape.Bias.ALL, true);
    BlockPlan.requireAddressable(large);
    assertThat(plan(large, MUCH, 1e9, 2048, 1024).context()).isEqualTo(1024);
    assertThat(plan(large, MUCH, 1e9, 2048).context()).isEqualTo(1024);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> plan(oneHead(1 << 24, TransformerShape.Bias.ALL, true), MUCH, 1e9, 2048, 4096))
        .withMessageContaining(
            "activations of the model's own block over 128 tokens have more elements than an array");
  }

  @Test
  void biasesThatTheModelHasNotAreADifference() {
    assertThat(plan(oneHead(256, TransformerShape.Bias.ALL, true), MUCH, 1e6, 512).differences())
        .isEmpty();
    assertThat(plan(oneHead(256, TransformerShape.Bias.NONE, false), MUCH, 1e6, 512).differences())
        .containsExactly("every matrix has a bias; the model's have none");
    assertThat(plan(oneHead(256, TransformerShape.Bias.QKV, false), MUCH, 1e6, 512).differences())
        .containsExactly(
            "every matrix has a bias; the model's have none at attention's output and in the feed-forward part");
  }

  @Test
  void aCheckOfAShortContextHasFewerTokens() {
    assertThat(plan(oneHead(256, TransformerShape.Bias.ALL, true), MUCH, 1e6, 2).checkedTokens())
        .isEqualTo(2);
    assertThat(plan(oneHead(256, TransformerShape.Bias.ALL, true), MUCH, 1e6, 512).checkedTokens())
        .isEqualTo(4);
  }

  /** Of a context so long that it is most of what there is. */
  @Test
  void theChecksCopiesOfKeysAndValuesAreCounted() {
    TransformerShape small = oneHead(1, TransformerShape.Bias.ALL, true);
    // Activations of a token are 3 x 64 + 3 x 64 + 64 + 1 floats, 1,796 bytes, and as much again;
    // two tokens' checks at a time have 2 x 64 doubles of it, 2,048 bytes.
    long context = 1 << 20;
    assertThat(plan(small, 5700L * context, 1e9, 1 << 20).context()).isEqualTo(1 << 20);
    assertThat(plan(small, 5500L * context, 1e9, 1 << 20).context()).isEqualTo(1 << 19);
  }
}
