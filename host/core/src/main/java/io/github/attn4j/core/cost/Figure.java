package io.github.attn4j.core.cost;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A number with the formula that it comes from: the only way by which the accounting makes numbers,
 * so that none can be printed that its formula does not give.
 *
 * @param id short name for programs, stable between versions
 * @param name what it is, for a person
 * @param formula a sum of products in symbols and other figures' names
 * @param numbers the same with the numbers put in
 * @param value what they come to
 */
public record Figure(String id, String name, String formula, String numbers, long value) {

  /**
   * A factor of a product.
   *
   * @param symbol as formulas show it; the digits themselves where it is a constant
   * @param value zero or more
   */
  record Factor(String symbol, long value) {
    /** A constant, such as the 2 of multiply and add. */
    static Factor of(long constant) {
      return new Factor(String.valueOf(constant), constant);
    }
  }

  /** Another figure as a factor, by its name. */
  Factor times() {
    return new Factor("(" + name + ")", value);
  }

  /** A product of factors, to be one term of a sum. */
  static List<Factor> term(Factor... factors) {
    return List.of(factors);
  }

  /** Another figure as a term of its own. */
  List<Factor> term() {
    return List.of(new Factor(name, value));
  }

  /**
   * A sum of products; 0 without any.
   *
   * @throws IllegalArgumentException where it does not fit 63 bits, with the numbers
   */
  static Figure of(String id, String name, List<List<Factor>> terms) {
    List<String> symbols = new ArrayList<>();
    List<String> numbers = new ArrayList<>();
    for (List<Factor> term : terms) {
      symbols.add(String.join(" x ", term.stream().map(Factor::symbol).toList()));
      numbers.add(
          String.join(" x ", term.stream().map(factor -> grouped(factor.value())).toList()));
    }
    String formula = terms.isEmpty() ? "none" : String.join(" + ", symbols);
    String withNumbers = terms.isEmpty() ? "0" : String.join(" + ", numbers);
    long sum = 0;
    try {
      for (List<Factor> term : terms) {
        long product = 1;
        for (Factor factor : term) {
          product = Math.multiplyExact(product, factor.value());
        }
        sum = Math.addExact(sum, product);
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "%s = %s = %s is more than 63 bits hold: choose a smaller shape or context"
              .formatted(name, formula, withNumbers),
          e);
    }
    return new Figure(id, name, formula, withNumbers, sum);
  }

  /** A single product. */
  static Figure product(String id, String name, Factor... factors) {
    return of(id, name, List.of(List.of(factors)));
  }

  private static String grouped(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }
}
