package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.expression.Table;
import io.github.attn4j.core.expression.Type;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.ScoreModifier;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What hides pairs and changes scores: each null where there is none.
 *
 * @param window by distance
 * @param dense by values
 * @param condition in the language of docs/masks.md
 * @param score in the same language
 * @param constants that the texts name: ints and floats
 * @param tables that the texts name
 */
public record FuzzMasks(
    Mask.@Nullable Window window,
    @Nullable DenseDraw dense,
    @Nullable String condition,
    @Nullable String score,
    Map<String, Number> constants,
    List<NamedTable> tables) {
  /** Nothing hidden, nothing changed. */
  public static final FuzzMasks NONE = new FuzzMasks(null, null, null, null, Map.of(), List.of());

  /** Copies both, the constants in one order everywhere; refuses those of no type. */
  public FuzzMasks {
    SortedMap<String, Number> typed = new TreeMap<>();
    for (Map.Entry<String, Number> constant : constants.entrySet()) {
      Number value = constant.getValue();
      boolean real = value instanceof Float || value instanceof Double; // of JSON: float64
      if (!(value instanceof Integer) && !real) {
        throw new IllegalArgumentException(
            "constant %s must be an int of 32 bits or a float, but it is %s"
                .formatted(constant.getKey(), value));
      }
      typed.put(constant.getKey(), real ? Float.valueOf(value.floatValue()) : value);
    }
    constants = Collections.unmodifiableSortedMap(typed);
    tables = List.copyOf(tables);
  }

  /**
   * A table by its elements.
   *
   * @param name as texts have it
   * @param type INT or FLOAT
   * @param indices 1 or 2
   * @param columns values of the last index
   * @param words elements row by row; floats as their bits, since JSON has no NaN
   */
  public record NamedTable(String name, Type type, int indices, int columns, List<Integer> words) {
    /** Copies the list and refuses what is no table. */
    public NamedTable {
      words = List.copyOf(words);
      if (indices < 1 || indices > 2 || columns < 1 || words.size() % columns != 0) {
        throw new IllegalArgumentException(
            "table %s has %d indices, %d columns and %d elements: it takes 1 index or 2, and whole rows"
                .formatted(name, indices, columns, words.size()));
      }
      if (type != Type.INT && type != Type.FLOAT) {
        throw new IllegalArgumentException(
            "table %s holds INT or FLOAT, not %s".formatted(name, type));
      }
    }

    static NamedTable of(String name, Table table) {
      List<Integer> words = java.util.Arrays.stream(table.words()).boxed().toList();
      return new NamedTable(name, table.type(), table.indices(), table.columns(), words);
    }

    Table table() {
      int[] bits = words.stream().mapToInt(Integer::intValue).toArray();
      int rows = bits.length / columns;
      if (type == Type.INT) {
        return indices == 1 ? Table.ofInts(bits) : Table.ofInts(rows, columns, bits);
      }
      float[] floats = new float[bits.length];
      for (int at = 0; at < bits.length; at++) {
        floats[at] = Float.intBitsToFloat(bits[at]);
      }
      return indices == 1 ? Table.ofFloats(floats) : Table.ofFloats(rows, columns, floats);
    }
  }

  /** The same with these names, for the texts to come. */
  static FuzzMasks named(@Nullable String condition, @Nullable String score, Bindings bindings) {
    if (condition == null && score == null) {
      return NONE;
    }
    return new FuzzMasks(
        null,
        null,
        condition,
        score,
        bindings.constants(),
        bindings.tables().entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(table -> NamedTable.of(table.getKey(), table.getValue()))
            .toList());
  }

  FuzzMasks with(Mask.@Nullable Window other, @Nullable DenseDraw values) {
    return new FuzzMasks(other, values, condition, score, constants, tables);
  }

  FuzzMasks withoutCondition() {
    return withTexts(null, score);
  }

  FuzzMasks withoutScore() {
    return withTexts(condition, null);
  }

  /** Names that no text is left to use go with the last one. */
  FuzzMasks withTexts(@Nullable String otherCondition, @Nullable String otherScore) {
    boolean named = otherCondition != null || otherScore != null;
    return new FuzzMasks(
        window,
        dense,
        otherCondition,
        otherScore,
        named ? constants : Map.of(),
        named ? tables : List.of());
  }

  /** What the texts name. */
  Bindings bindings() {
    Bindings bindings = Bindings.none();
    for (Map.Entry<String, Number> constant : constants.entrySet()) {
      bindings =
          constant.getValue() instanceof Integer whole
              ? bindings.with(constant.getKey(), whole)
              : bindings.with(constant.getKey(), constant.getValue().floatValue());
    }
    Map<String, Table> named = new LinkedHashMap<>();
    for (NamedTable table : tables) {
      named.put(table.name(), table.table());
    }
    return bindings.with(new Bindings(Map.of(), named));
  }

  /** All that hides, for a shape. */
  Mask mask(FuzzShape shape) {
    Mask all = window == null ? Mask.none() : window;
    if (dense != null) {
      all = all.and(dense.mask(shape));
    }
    return condition == null
        ? all
        : all.and(Mask.expression(MaskExpression.parse(condition, bindings())));
  }

  ScoreModifier scoreModifier() {
    return score == null
        ? ScoreModifier.none()
        : ScoreModifier.expression(ScoreExpression.parse(score, bindings()));
  }
}
