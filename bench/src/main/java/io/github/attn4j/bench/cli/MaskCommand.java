package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.mask.MaskAndScore;
import io.github.attn4j.bench.picture.MaskFigures;
import io.github.attn4j.bench.picture.MaskPicture;
import io.github.attn4j.bench.picture.TerminalPicture;
import io.github.attn4j.bench.picture.TextLines;
import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./attn mask}: what a mask looks like, and what it leaves. */
@Command(
    name = "mask",
    description = {
      "Draws a mask, and says how dense it is and what its block map costs.",
      "Visible pairs are shown over empty, partial and full blocks of 64 x 64. No device is needed."
    },
    mixinStandardHelpOptions = true)
final class MaskCommand implements Callable<Integer> {
  /** A picture in the terminal; wider ones are hard to take in. */
  private static final int MOST_COLUMNS = 96;

  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "MASK",
      completionCandidates = Candidates.Masks.class,
      description =
          "full, causal, window(LEFT,RIGHT), a preset (attn masks lists them), a condition such as"
              + " 'k <= p && p - k < 256' (docs/masks.md), or several joined by '&'.")
  private String mask = "full";

  @Option(
      names = "--n",
      paramLabel = "N",
      description = "Queries and keys. Default: ${DEFAULT-VALUE}.",
      defaultValue = "512")
  private int length = 512;

  @Option(names = "--nq", paramLabel = "NQ", description = "Queries, if not as many as --n.")
  private @Nullable Integer queries;

  @Option(names = "--nk", paramLabel = "NK", description = "Keys, if not as many as --n.")
  private @Nullable Integer keys;

  @Option(
      names = "--offset",
      paramLabel = "P",
      description =
          "Position of query 0. Default: NK - NQ, so that the last query is at the last key.")
  private @Nullable Integer offset;

  @Option(
      names = "--batch",
      paramLabel = "B",
      description = "Sequences. Default: ${DEFAULT-VALUE}.",
      defaultValue = "1")
  private int batch = 1;

  @Option(
      names = "--heads",
      paramLabel = "H",
      description = "Query heads. Default: ${DEFAULT-VALUE}.",
      defaultValue = "1")
  private int heads = 1;

  @Option(
      names = "--b",
      paramLabel = "B",
      description = "Which sequence is drawn. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  private int b;

  @Option(
      names = "--h",
      paramLabel = "H",
      description = "Which head is drawn. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  private int h;

  @Option(
      names = "--s",
      paramLabel = "S",
      description = "The score for which --score is drawn. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  private float scoreAt;

  @Mixin private MaskOptions maskOptions;

  @Option(
      names = "--out",
      paramLabel = "FILE.png",
      description = "Where to draw. Without it, a plain picture in the terminal.")
  private @Nullable Path file;

  @Override
  public Integer call() {
    requireWithin("--b", b, "--batch", batch);
    requireWithin("--h", h, "--heads", heads);
    AttentionSpec spec = spec();
    PrintWriter out = command.commandLine().getOut();
    out.println("mask: " + spec.mask().label());
    if (!spec.scoreModifier().label().isEmpty()) {
      out.println("score: " + spec.scoreModifier().label());
    }
    out.printf(
        "shape: %d batch%s, %d head%s, %,d queries from position %,d, %,d keys%n",
        batch,
        batch == 1 ? "" : "es",
        heads,
        heads == 1 ? "" : "s",
        spec.queryLength(),
        spec.position(0, 0),
        spec.kvLength());
    out.flush();
    BlockMap map;
    List<String> figures = new ArrayList<>();
    try (Patience _ = Patience.with(Voice.of(command))) {
      map = spec.blockMap();
      MaskFigures counts = MaskFigures.of(spec, map);
      figures.addAll(counts.ofBlocks());
      figures.forEach(out::println);
      out.flush();
      List<String> ofPairs = counts.ofPairs(b, h);
      ofPairs.forEach(out::println);
      figures.addAll(ofPairs);
    }
    if (file == null) {
      out.println();
      int width = Terminal.columns(MOST_COLUMNS);
      TerminalPicture.lines(spec, map, b, h, width).forEach(out::println);
      TextLines.wrapped(TerminalPicture.legend(spec, b, width), width).stream()
          .filter(line -> !line.isEmpty())
          .forEach(out::println);
    } else {
      MaskPicture.write(file, spec, map, b, h, scoreAt, figures);
      out.println("picture: " + file);
    }
    out.flush();
    return ExitCode.OK;
  }

  /** Heads of one element: only pairs matter. */
  private AttentionSpec spec() {
    MaskAndScore texts = maskOptions.with(mask);
    AttentionSpecBuilder builder =
        AttentionSpec.builder()
            .batch(batch)
            .heads(heads)
            .lengths(queries == null ? length : queries, keys == null ? length : keys)
            .dim(1);
    if (offset != null) {
      builder.queryOffsets(Collections.nCopies(batch, offset));
    }
    return texts.applyTo(builder).build();
  }

  private static void requireWithin(String option, int value, String bound, int count) {
    if (value < 0 || value >= count) {
      throw new IllegalArgumentException(
          "%s %d is not below %s %d; it counts from 0".formatted(option, value, bound, count));
    }
  }
}
