package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.mask.GivenNames;
import io.github.attn4j.bench.mask.MaskAndScore;
import io.github.attn4j.bench.mask.MaskText;
import io.github.attn4j.bench.mask.ScoreText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that go with every {@code --mask}: the score, names, a list of blocks. */
final class MaskOptions {
  /** Their names, for commands that refuse them together with something else. */
  static final List<String> NAMES =
      List.of("--score", "--let", "--table", "--block-list", "--block-size");

  @Option(
      names = "--score",
      paramLabel = "SCORE",
      completionCandidates = Candidates.Scores.class,
      description =
          "What takes the place of a visible pair's score s: alibi, soft-cap, t5-bias, or a number"
              + " such as 's - slope(h) * (p - k)'.")
  private String score = "";

  @Option(
      names = "--let",
      paramLabel = "NAME=NUMBER",
      description =
          "A constant of the mask or the score, or a preset's parameter: --mask bigbird --let block=32.")
  private List<String> lets = new ArrayList<>();

  @Option(
      names = "--table",
      paramLabel = "NAME=FILE|GENERATOR",
      description =
          "A table of the mask or the score: a .npy file with one dimension or two of ints, booleans"
              + " or floats; or documents(8,seed=1), t5_buckets(), t5_bias(seed=1).")
  private List<String> tables = new ArrayList<>();

  @Option(
      names = "--block-list",
      paramLabel = "FILE",
      description =
          "Blocks that are visible, joined with --mask: a .npy file of 0 and 1, [rows, columns],"
              + " [heads, rows, columns] or [batch, heads, rows, columns]; or text, 'row column' or"
              + " 'head row column' a line.")
  private @Nullable Path blockList;

  @Option(
      names = "--block-size",
      paramLabel = "N",
      description = "Queries and keys of a block of --block-list. Default: 64.")
  private @Nullable Integer blockSize;

  /** Whether any of them was given. */
  boolean any() {
    return !score.isEmpty()
        || !lets.isEmpty()
        || !tables.isEmpty()
        || blockList != null
        || blockSize != null;
  }

  /**
   * The mask that a text names, with the score and all that these options add.
   *
   * @throws IllegalArgumentException naming the option that makes no sense
   */
  MaskAndScore with(String mask) {
    return withEach(List.of(mask)).getFirst();
  }

  /** The same for several masks: each name must be of use to one of them or to the score. */
  List<MaskAndScore> withEach(List<String> masks) {
    if (blockSize != null && blockList == null) {
      throw new IllegalArgumentException(
          "--block-size %d goes with --block-list FILE".formatted(blockSize));
    }
    GivenNames names = GivenNames.of(lets, tables);
    List<MaskAndScore> all = new ArrayList<>();
    ScoreText parsedScore = ScoreText.parse(score, names);
    for (String text : masks) {
      MaskText mask = MaskText.parse(text, names);
      if (blockList != null) {
        mask = mask.and(blockList, blockSize == null ? MaskText.BLOCK_SIZE : blockSize);
      }
      all.add(new MaskAndScore(mask, parsedScore));
    }
    names.requireAllUsed();
    return all;
  }
}
