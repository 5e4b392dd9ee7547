package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.mask.MaskAndScore;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Shapes over which a user's own mask is checked: what breaks kernels, at one context. */
final class MaskShapes {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--n",
      paramLabel = "N",
      description = "With --mask and without --input: keys. Default: ${DEFAULT-VALUE}.",
      defaultValue = "256")
  private int keys = 256;

  @Option(
      names = "--heads",
      paramLabel = "H",
      description = "With --mask and without --input: query heads. Default: ${DEFAULT-VALUE}.",
      defaultValue = "4")
  private int heads = 4;

  @Option(
      names = "--batch",
      paramLabel = "B",
      description = "With --mask and without --input: sequences. Default: ${DEFAULT-VALUE}.",
      defaultValue = "2")
  private int batch = 2;

  /** The one of these options that was given, or empty. */
  String given() {
    for (String option : List.of("--n", "--heads", "--batch")) {
      if (command.commandLine().getParseResult().hasMatchedOption(option)) {
        return option;
      }
    }
    return "";
  }

  /**
   * As many queries as keys, with poison where nothing is visible; then, unless the mask is for one
   * shape only, fewer queries, which cut blocks of 64, a single query, and sequences of different
   * lengths, one of them empty.
   *
   * @throws IllegalArgumentException where the mask makes no sense for a shape
   */
  List<GridCase> cases(MaskAndScore texts, long seed) {
    List<GridCase> cases = new ArrayList<>();
    add(cases, texts, seed, "square", keys, keys);
    if (!texts.mask().isForOneShape()) {
      add(cases, texts, seed, "fewer queries", Math.max(1, keys - 1 - keys / 3), keys);
      add(cases, texts, seed, "decode", 1, keys);
      List<Integer> lengths = new ArrayList<>(Collections.nCopies(batch, keys));
      lengths.set(0, 0);
      lengths.set(batch - 1, Math.max(1, keys / 2 + 3));
      AttentionSpecBuilder uneven = shape(keys, keys).keyLengths(lengths);
      cases.add(of(texts, seed, "uneven lengths", uneven, InputFamily.POISON_INF));
    }
    return cases;
  }

  private void add(
      List<GridCase> cases, MaskAndScore texts, long seed, String name, int queries, int allKeys) {
    cases.add(of(texts, seed, name, shape(queries, allKeys), InputFamily.NORMAL));
    cases.add(of(texts, seed, name, shape(queries, allKeys), InputFamily.POISON_NAN));
  }

  private static GridCase of(
      MaskAndScore texts,
      long seed,
      String name,
      AttentionSpecBuilder builder,
      InputFamily family) {
    AttentionSpec spec = texts.applyTo(builder).build();
    return new GridCase(name, spec, family, seed);
  }

  /** Heads in groups of two where they can be. */
  private AttentionSpecBuilder shape(int queries, int allKeys) {
    return AttentionSpec.builder()
        .batch(batch)
        .heads(heads, heads % 2 == 0 ? heads / 2 : heads)
        .lengths(queries, allKeys);
  }
}
