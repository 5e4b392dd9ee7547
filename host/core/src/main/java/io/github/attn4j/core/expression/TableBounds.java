package io.github.attn4j.core.expression;

import java.util.ArrayList;
import java.util.List;

/**
 * Least and greatest element of any stretch of a table, without reading all of it: a pyramid whose
 * every step holds the bounds of 64 elements of the one below. A stretch costs at most 126 reads a
 * step, four steps for ten million elements.
 */
final class TableBounds {
  private static final int FAN_OUT = 64;

  /** One step of the pyramid; ordered ints serve both types. */
  private static final class Step {
    final int[] least;
    final int[] greatest;

    Step(int[] least, int[] greatest) {
      this.least = least;
      this.greatest = greatest;
    }
  }

  private final List<Step> steps;
  private final boolean hasNaN;

  private TableBounds(List<Step> steps, boolean hasNaN) {
    this.steps = steps;
    this.hasNaN = hasNaN;
  }

  static TableBounds of(Type type, int[] words) {
    int[] least = words;
    int[] greatest = words;
    boolean hasNaN = false;
    if (type == Type.FLOAT) {
      least = new int[words.length];
      greatest = new int[words.length];
      for (int index = 0; index < words.length; index++) {
        float value = Float.intBitsToFloat(words[index]);
        boolean isNaN = Float.isNaN(value);
        hasNaN |= isNaN;
        // A NaN has no place in the order; it is flagged instead, and bounds nothing.
        least[index] = isNaN ? Integer.MAX_VALUE : orderedInt(value);
        greatest[index] = isNaN ? Integer.MIN_VALUE : orderedInt(value);
      }
    }
    List<Step> steps = new ArrayList<>();
    steps.add(new Step(least, greatest));
    while (least.length > 1) {
      int length = (least.length + FAN_OUT - 1) / FAN_OUT;
      int[] nextLeast = new int[length];
      int[] nextGreatest = new int[length];
      for (int index = 0; index < length; index++) {
        int first = index * FAN_OUT;
        int end = Math.min(least.length, first + FAN_OUT);
        nextLeast[index] = leastOf(least, first, end);
        nextGreatest[index] = greatestOf(greatest, first, end);
      }
      least = nextLeast;
      greatest = nextGreatest;
      steps.add(new Step(least, greatest));
    }
    return new TableBounds(steps, hasNaN);
  }

  boolean hasNaN() {
    return hasNaN;
  }

  /** Least word from first to last inclusive. */
  int least(int first, int last) {
    int result = Integer.MAX_VALUE;
    int from = first;
    int end = last + 1;
    for (Step step : steps) {
      int innerFrom = (from + FAN_OUT - 1) / FAN_OUT;
      int innerEnd = end / FAN_OUT;
      if (innerFrom >= innerEnd) {
        return Math.min(result, leastOf(step.least, from, end));
      }
      result = Math.min(result, leastOf(step.least, from, innerFrom * FAN_OUT));
      result = Math.min(result, leastOf(step.least, innerEnd * FAN_OUT, end));
      from = innerFrom;
      end = innerEnd;
    }
    return result;
  }

  /** Greatest word from first to last inclusive. */
  int greatest(int first, int last) {
    int result = Integer.MIN_VALUE;
    int from = first;
    int end = last + 1;
    for (Step step : steps) {
      int innerFrom = (from + FAN_OUT - 1) / FAN_OUT;
      int innerEnd = end / FAN_OUT;
      if (innerFrom >= innerEnd) {
        return Math.max(result, greatestOf(step.greatest, from, end));
      }
      result = Math.max(result, greatestOf(step.greatest, from, innerFrom * FAN_OUT));
      result = Math.max(result, greatestOf(step.greatest, innerEnd * FAN_OUT, end));
      from = innerFrom;
      end = innerEnd;
    }
    return result;
  }

  /** Ints in the order of the floats: negative ones run backwards in their bits. */
  static int orderedInt(float value) {
    int bits = Float.floatToRawIntBits(value);
    return bits >= 0 ? bits : bits ^ Integer.MAX_VALUE;
  }

  static float fromOrderedInt(int ordered) {
    return Float.intBitsToFloat(ordered >= 0 ? ordered : ordered ^ Integer.MAX_VALUE);
  }

  private static int leastOf(int[] words, int first, int end) {
    int least = Integer.MAX_VALUE;
    for (int index = first; index < end; index++) {
      least = Math.min(least, words[index]);
    }
    return least;
  }

  private static int greatestOf(int[] words, int first, int end) {
    int greatest = Integer.MIN_VALUE;
    for (int index = first; index < end; index++) {
      greatest = Math.max(greatest, words[index]);
    }
    return greatest;
  }
}
