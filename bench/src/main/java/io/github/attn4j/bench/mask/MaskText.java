package io.github.attn4j.bench.mask;

import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.NearMiss;
import io.github.attn4j.core.expression.Preset;
import io.github.attn4j.core.expression.Presets;
import io.github.attn4j.core.spec.Mask;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A mask as options, shape files and reports write it: {@code full}, {@code causal}, {@code
 * window(128,0)}, a preset such as {@code bigbird(block=32)}, {@code blocks(FILE.npy,64)}, a
 * condition in the language of docs/masks.md, or several of these joined by {@code &}. The names
 * that a condition uses follow the word {@code where}: {@code p - k < w where w=256}. {@link
 * Mask#label} of the mask is such a text too.
 *
 * @param terms what is joined; never empty
 */
public record MaskText(List<MaskTerm> terms) {
  /** Queries and keys of a listed block, unless said otherwise: the blocks that kernels skip. */
  public static final int BLOCK_SIZE = 64;

  private static final String FULL = "full";
  private static final String BLOCKS = "blocks";

  /** Copies the list. */
  public MaskText {
    terms = List.copyOf(terms);
  }

  /**
   * The mask that a text names.
   *
   * @throws IllegalArgumentException with the text and what there is, if it names none; what is
   *     wrong within a condition shows when {@link #mask} knows the shape
   */
  public static MaskText parse(String text) {
    return parse(text, GivenNames.none());
  }

  /** The same with names that options give beside the text; those it uses become part of it. */
  public static MaskText parse(String text, GivenNames given) {
    List<MaskTerm> terms = new ArrayList<>();
    List<String> parts = TextParts.joined(text);
    for (String part : parts) {
      int where = part.indexOf(Written.WHERE);
      GivenNames own =
          where < 0
              ? GivenNames.none()
              : GivenNames.where(part.substring(where + Written.WHERE.length()));
      String body = where < 0 ? part : part.substring(0, where).strip();
      if (body.isEmpty()) {
        throw new IllegalArgumentException(missing(text));
      }
      List<String> conditions = TextParts.conditions(body);
      boolean named = conditions.stream().anyMatch(MaskText::isNamed);
      if (named && TextParts.hasAlternatives(body)) {
        throw new IllegalArgumentException(
            "'%s': && binds closer than || and ?, so it would join the named mask to a part of the condition; join a named mask by &, or put brackets around the condition"
                .formatted(body));
      }
      for (String condition : named ? conditions : List.of(body)) {
        terms.add(term(condition, own, given, parts.size() > 1));
      }
      own.requireAllUsed();
    }
    return new MaskText(terms);
  }

  /** This and a list of blocks, as an option gives it. */
  public MaskText and(Path blockList, int blockSize) {
    List<MaskTerm> more = new ArrayList<>(terms);
    more.removeIf(MaskTerm.Full.class::isInstance);
    more.add(new MaskTerm.Listed(new BlockList(blockList, blockSize, false)));
    return new MaskText(more);
  }

  /** The text, with every name it needs; {@link #parse(String)} is the inverse. */
  public String text() {
    return terms.stream().map(MaskTerm::text).collect(Collectors.joining("&"));
  }

  /**
   * The mask for a shape.
   *
   * @param domain asked for only where a mask depends on it
   * @throws io.github.attn4j.core.expression.ExpressionException where a condition is none
   * @throws io.github.attn4j.core.input.InvalidFileException where a file does not hold what it
   *     should, or not for this shape
   */
  public Mask mask(Supplier<Domain> domain) {
    Mask all = Mask.none();
    for (MaskTerm term : terms) {
      all = all.and(term.mask(domain));
    }
    return all;
  }

  /** Whether it lists blocks: then it fits one number of queries and keys. */
  public boolean isForOneShape() {
    return terms.stream().anyMatch(MaskTerm.Listed.class::isInstance);
  }

  /** The same pattern for a part of the shape: lists of blocks may be larger than it. */
  public MaskText forFewerKeys() {
    return new MaskText(
        terms.stream()
            .map(term ->
                term instanceof MaskTerm.Listed listed
                    ? new MaskTerm.Listed(listed.blocks().withCorner())
                    : term)
            .toList());
  }

  private static boolean isNamed(String text) {
    return Call.of(text).filter(call -> known().contains(call.id())).isPresent();
  }

  private static MaskTerm term(String text, GivenNames where, GivenNames given, boolean joined) {
    Optional<Call> call = Call.of(text);
    if (call.isPresent()) {
      Call named = call.get();
      if (named.id().equals(FULL)) {
        named.byName(List.of()); // refuses arguments
        return new MaskTerm.Full();
      }
      if (named.id().equals(BLOCKS)) {
        return new MaskTerm.Listed(BlockList.of(named));
      }
      Optional<Preset> preset =
          Presets.all().stream().filter(known -> known.id().equals(named.id())).findFirst();
      if (preset.isPresent()) {
        return preset(preset.get(), named, given);
      }
      if (named.isNoExpression()) {
        throw new IllegalArgumentException(unknown(text, named.id(), joined));
      }
    }
    return new MaskTerm.Condition(Written.of(text, where, given));
  }

  private static MaskTerm preset(Preset preset, Call call, GivenNames given) {
    if (preset.isScore()) {
      throw new IllegalArgumentException(
          "'%s' changes scores and hides nothing: it goes with --score".formatted(preset.id()));
    }
    PresetCall chosen = PresetCall.of(preset, call, given);
    return switch (preset.id()) {
      case "causal" -> new MaskTerm.Window(-1, 0);
      case "window" -> new MaskTerm.Window(chosen.intOf("left"), chosen.intOf("right"));
      default -> new MaskTerm.OfPreset(chosen);
    };
  }

  private static String missing(String text) {
    return "%sa mask is missing: full, causal, window(LEFT,RIGHT), a preset that ./attn masks lists, or a condition such as 'k <= p'"
        .formatted(text.isBlank() ? "" : "'%s': before or behind & ".formatted(text.strip()));
  }

  /**
   * What to say of a name that is no mask's.
   *
   * @param joined whether it stands beside an &, which may have been meant as an operator of bits
   */
  private static String unknown(String text, String id, boolean joined) {
    return "mask '%s' is none of full, causal, window(LEFT,RIGHT), the presets that ./attn masks lists, or a condition such as 'k <= p'%s%s"
        .formatted(
            text,
            NearMiss.nearest(id, known()).map(near -> ": did you mean '" + near + "'?").orElse(""),
            joined ? " (& joins masks, it is no operator of bits: an odd k is k % 2 == 1)" : "");
  }

  private static List<String> known() {
    List<String> names = new ArrayList<>(List.of(FULL, BLOCKS));
    Presets.all().stream().map(Preset::id).forEach(names::add);
    return names;
  }
}
