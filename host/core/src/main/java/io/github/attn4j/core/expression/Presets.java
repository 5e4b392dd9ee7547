package io.github.attn4j.core.expression;

import io.github.attn4j.core.expression.Preset.Parameter;
import io.github.attn4j.core.expression.Preset.Tables;
import java.util.List;
import java.util.TreeSet;

/** The patterns that papers have made known, each as one line. */
public final class Presets {
  private static final Parameter SEED = parameter("seed", 1, 0, "of the random choice");

  private static final List<Preset> ALL =
      List.of(
          mask(
              "causal",
              "A query sees no key after its own position.",
              "Vaswani et al., Attention is all you need, 2017, section 3.2.3",
              "k <= p"),
          mask(
              "window",
              "Keys within a distance on each side, both ends included; -1 leaves a side open.",
              "Beltagy, Peters, Cohan, Longformer, 2020, section 3.1",
              "(left < 0 || k >= p - left) && (right < 0 || k <= p + right)",
              parameter("left", 256, -1, "keys before the position"),
              parameter("right", 0, -1, "keys after the position")),
          mask(
              "prefix-lm",
              "Everyone sees the whole prefix; behind it, causal.",
              "Raffel et al., Exploring the limits of transfer learning (T5), 2020, section 3.2.1",
              "k < prefix || k <= p",
              parameter("prefix", 64, 0, "keys of the prefix")),
          new Preset(
              "document",
              "Packed sequences: a query sees its own document alone.",
              "Krell et al., Efficient sequence packing without cross-contamination, 2021",
              false,
              List.of(parameter("documents", 8, 1, "packed into each sequence"), SEED),
              "doc[b, p] == doc[b, k]",
              PresetTables::documents),
          mask(
              "strided",
              "The last stride keys, and every stride-th before them.",
              "Child et al., Generating long sequences with sparse transformers, 2019, section 4.3",
              "k <= p && (p - k <= stride || (p - k) % stride == 0)",
              parameter("stride", 128, 1, "l in the paper")),
          mask(
              "fixed",
              "The query's own block of stride keys, and the last ones of every block before it.",
              "Child et al., Generating long sequences with sparse transformers, 2019, section 4.3",
              "k <= p && (k / stride == p / stride || k % stride >= stride - summary)",
              parameter("stride", 128, 1, "l in the paper"),
              parameter(
                  "summary", 8, 0, "c in the paper: keys of a block that all later ones see")),
          mask(
              "dilated",
              "A window with gaps.",
              "Beltagy, Peters, Cohan, Longformer, 2020, section 3.1",
              "abs(p - k) <= width * dilation && (p - k) % dilation == 0",
              parameter("width", 64, 0, "keys on each side"),
              parameter("dilation", 4, 1, "distance of neighbours")),
          mask(
              "longformer",
              "A window, and first tokens that see all and that all see.",
              "Beltagy, Peters, Cohan, Longformer, 2020, section 3.1",
              "abs(p - k) <= window / 2 || k < globals || p < globals",
              parameter("window", 512, 0, "keys, half of them on each side"),
              parameter("globals", 16, 0, "global tokens")),
          mask(
              "bigbird",
              "Blocks: a window, global ones, and up to three at random for each block of queries.",
              "Zaheer et al., Big Bird, 2020, appendix D; repeated draws are not drawn again",
              "p / block < globals || k / block < globals"
                  + " || abs(p / block - k / block) <= window / 2"
                  + " || random > 0 && k / block == hash(seed, h, p / block, 0) % ((nk + block - 1) / block)"
                  + " || random > 1 && k / block == hash(seed, h, p / block, 1) % ((nk + block - 1) / block)"
                  + " || random > 2 && k / block == hash(seed, h, p / block, 2) % ((nk + block - 1) / block)",
              parameter("block", 64, 1, "queries and keys of a block"),
              parameter("window", 3, 0, "blocks, half of them on each side of the query's own"),
              parameter("globals", 2, 0, "global blocks"),
              new Parameter("random", 3, 0, 3, "random blocks"),
              SEED),
          mask(
              "sinks",
              "The first tokens, and a causal window.",
              "Xiao et al., Efficient streaming language models with attention sinks, 2023, section 3.2",
              "k <= p && (p - k < window || k < sinks)",
              parameter("window", 1020, 0, "last keys, the query's own among them"),
              parameter("sinks", 4, 0, "first keys")),
          mask(
              "block-diagonal",
              "A query sees its own block of keys.",
              "Qiu et al., Blockwise self-attention for long document understanding, 2019, section 3.1",
              "p / block == k / block",
              parameter("block", 256, 1, "keys of a block")),
          score(
              "alibi",
              "A penalty that grows with distance, at each head's own slope.",
              "Press, Smith, Lewis, Train short, test long, 2022, section 3",
              Tables.NONE,
              "s - slope(h) * (p - k)"),
          score(
              "soft-cap",
              "Scores held within a cap by tanh.",
              "Gemma Team, Gemma 2, 2024, section 2",
              Tables.NONE,
              "cap * tanh(s / cap)",
              parameter("cap", 50f, 1, "no score is larger")),
          score(
              "t5-bias",
              "A bias for each head and bucket of distances, wider the further.",
              "Raffel et al., Exploring the limits of transfer learning (T5), 2020, section 2.1",
              PresetTables::relativeBias,
              "s + bias[h, (k > p ? 16 : 0) + bucket[abs(p - k)]]",
              SEED));

  private Presets() {}

  /** All of them. */
  public static List<Preset> all() {
    return ALL;
  }

  /**
   * The one of a name.
   *
   * @throws IllegalArgumentException where there is none
   */
  public static Preset named(String id) {
    TreeSet<String> names = new TreeSet<>();
    for (Preset preset : ALL) {
      if (preset.id().equals(id)) {
        return preset;
      }
      names.add(preset.id());
    }
    throw new IllegalArgumentException(NearMiss.unknown(id, names));
  }

  private static Preset mask(
      String id, String idea, String paper, String text, Parameter... parameters) {
    return new Preset(id, idea, paper, false, List.of(parameters), text, Tables.NONE);
  }

  private static Preset score(
      String id, String idea, String paper, Tables tables, String text, Parameter... parameters) {
    return new Preset(id, idea, paper, true, List.of(parameters), text, tables);
  }

  private static Parameter parameter(String name, Number standard, int least, String meaning) {
    return new Parameter(name, standard, least, Integer.MAX_VALUE, meaning);
  }
}
