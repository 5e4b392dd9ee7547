package io.github.attn4j.bench.mask;

import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.NearMiss;
import io.github.attn4j.core.expression.Preset;
import io.github.attn4j.core.expression.Presets;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A score as options, shape files and reports write it: empty for none, a preset such as {@code
 * soft-cap(cap=30.0)}, or a number in the language of docs/masks.md with its names behind the word
 * {@code where}. {@link ScoreModifier#label} of the score is such a text too.
 */
public sealed interface ScoreText {
  /** The text, with every name it needs; {@link #parse(String)} is the inverse. */
  String text();

  /**
   * The score for a shape.
   *
   * @param domain asked for only where the score depends on it
   * @throws io.github.attn4j.core.expression.ExpressionException where an expression is no number
   * @throws io.github.attn4j.core.input.InvalidFileException where a file does not hold a table
   */
  ScoreModifier score(Supplier<Domain> domain);

  /** Scores stay as they are. */
  record None() implements ScoreText {
    @Override
    public String text() {
      return "";
    }

    @Override
    public ScoreModifier score(Supplier<Domain> domain) {
      return ScoreModifier.none();
    }
  }

  /** A published one. */
  record OfPreset(PresetCall call) implements ScoreText {
    @Override
    public String text() {
      return call.text();
    }

    @Override
    public ScoreModifier score(Supplier<Domain> domain) {
      return ScoreModifier.expression(
          ScoreExpression.parse(call.preset().text(), call.bindings(domain)), call.text());
    }
  }

  /** A user's own. */
  record OfExpression(Written written) implements ScoreText {
    @Override
    public String text() {
      return written.text();
    }

    @Override
    public ScoreModifier score(Supplier<Domain> domain) {
      ScoreExpression expression =
          ScoreExpression.parse(written.expression(), written.bindings(domain));
      return ScoreModifier.expression(expression, written.label(expression.text()));
    }
  }

  /**
   * The score that a text names.
   *
   * @throws IllegalArgumentException if it names a preset that does not exist or is a mask
   */
  static ScoreText parse(String text) {
    return parse(text, GivenNames.none());
  }

  /** The same with names that options give beside the text; those it uses become part of it. */
  static ScoreText parse(String text, GivenNames given) {
    if (text.isBlank()) {
      return new None();
    }
    int where = text.indexOf(Written.WHERE);
    GivenNames own =
        where < 0
            ? GivenNames.none()
            : GivenNames.where(text.substring(where + Written.WHERE.length()));
    ScoreText score = parse(where < 0 ? text : text.substring(0, where), own, given);
    own.requireAllUsed();
    return score;
  }

  private static ScoreText parse(String body, GivenNames where, GivenNames given) {
    Optional<Call> call = Call.of(body);
    if (call.isPresent()) {
      String id = call.get().id();
      Optional<Preset> preset =
          Presets.all().stream().filter(known -> known.id().equals(id)).findFirst();
      if (preset.isPresent() && preset.get().isScore()) {
        return new OfPreset(PresetCall.of(preset.get(), call.get(), given));
      }
      if (preset.isPresent()) {
        throw new IllegalArgumentException(
            "'%s' hides pairs and leaves scores alone: it goes with --mask".formatted(id));
      }
      Optional<String> near =
          NearMiss.nearest(
              id, Presets.all().stream().filter(Preset::isScore).map(Preset::id).toList());
      if (near.isPresent() && call.get().isNoExpression()) {
        throw new IllegalArgumentException(
            "score '%s' is unknown: did you mean '%s'?".formatted(body.strip(), near.get()));
      }
    }
    return new OfExpression(Written.of(body.strip(), where, given));
  }
}
