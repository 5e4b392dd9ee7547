package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.shape.Mode;
import io.github.attn4j.bench.shape.Storage;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** Options that shape a sweep as a server runs attention, and how its cache lies in memory. */
final class ModeOptions {
  private static final String MODE = "--mode";
  private static final String CHUNK = "--chunk";
  private static final String PAGE_SIZE = "--page-size";

  /** What the modes shape themselves, and what would be another problem. */
  private static final List<String> NOT_WITH_A_MODE =
      List.of("--queries", "--shapes", "--block-list");

  @Option(
      names = MODE,
      paramLabel = "MODE",
      completionCandidates = Candidates.Modes.class,
      description =
          "What a server asks for: prefill (a prompt of N tokens, causal), decode (one query a sequence"
              + " over N cached keys) or chunked (--chunk queries at the end of N keys, causal)."
              + " Prints tokens/s and KV GB/s. Default kernels: opencl:flash_split_kv and"
              + " opencl:flash_query_lanes (on GPUs opencl:flash; with tensor cores, for f16 and bf16,"
              + " opencl:flash_mma too); for prefill without the first.")
  private @Nullable String modeName;

  @Option(
      names = CHUNK,
      paramLabel = "S",
      description = "With --mode chunked: queries of each sequence. Default: ${DEFAULT-VALUE}.",
      defaultValue = "128")
  private int chunk = 128;

  @Option(
      names = PAGE_SIZE,
      paramLabel = "KEYS",
      description =
          "Keys and values on pages of so many keys, 16, 32, 64, 128 or 256, scattered over a pool in"
              + " an order drawn from --seed. Default: a slot for each sequence.")
  private @Nullable Integer pageSize;

  @Option(
      names = "--deterministic",
      description =
          "Split keys and merge parts in one order, so that a sequence's result is the same, bit for bit,"
              + " whatever else is in the batch, and with any number of workers.")
  private boolean deterministic;

  /** Names of the options, for those that take none of them. */
  static final List<String> NAMES = List.of(MODE, CHUNK);

  /** Whether a mode was named. */
  boolean any() {
    return modeName != null;
  }

  /**
   * The mode; {@link Mode#SWEEP} where none was named.
   *
   * @throws IllegalArgumentException naming the options that do not go together
   */
  Mode mode(ParseResult given) {
    if (modeName == null || modeName.isEmpty()) {
      requireAbsent(given, CHUNK, "is of --mode chunked; name that mode, or");
      if (modeName != null) {
        throw new IllegalArgumentException(MODE + " is empty: name prefill, decode or chunked");
      }
      return Mode.SWEEP;
    }
    Mode mode = Mode.of(modeName);
    for (String option : NOT_WITH_A_MODE) {
      requireAbsent(
          given,
          option,
          "shapes what --mode %s shapes itself: leave --mode out, or".formatted(modeName));
    }
    if (mode != Mode.CHUNKED) {
      requireAbsent(
          given,
          CHUNK,
          "is of --mode chunked, not of --mode %s: name that mode, or".formatted(modeName));
    }
    return mode;
  }

  private static void requireAbsent(ParseResult given, String option, String why) {
    if (given.hasMatchedOption(option)) {
      throw new IllegalArgumentException("%s %s leave %s out".formatted(option, why, option));
    }
  }

  /**
   * Queries of each sequence over so many keys.
   *
   * @throws IllegalArgumentException where the chunk has more queries than there are keys
   */
  int queries(Mode mode, int keys) {
    return switch (mode) {
      case SWEEP, PREFILL -> keys;
      case DECODE -> 1;
      case CHUNKED -> {
        if (chunk < 1 || chunk > keys) {
          throw new IllegalArgumentException(
              "--chunk %d does not fit %d keys, of which the chunk's own are the last: choose 1 to %d, or a larger --n"
                  .formatted(chunk, keys, keys));
        }
        yield chunk;
      }
    };
  }

  /**
   * The same types on the pages that were asked for, deterministic if that was.
   *
   * @throws IllegalArgumentException naming a page size that cannot be
   */
  Storage placed(Storage types, long seed) {
    Storage chosen = types.deterministic(deterministic);
    if (pageSize == null) {
      return chosen;
    }
    RowPlacement.Paged.requirePageSize(PAGE_SIZE, pageSize);
    return chosen.onPages(pageSize, seed);
  }
}
