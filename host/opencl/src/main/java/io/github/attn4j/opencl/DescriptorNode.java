package io.github.attn4j.opencl;

import io.github.attn4j.core.expression.ExpressionException;
import io.github.attn4j.core.expression.NearMiss;
import io.github.attn4j.core.expression.SizeExpression;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * A place in a descriptor. Whatever is wrong there is an {@link IllegalArgumentException} that says
 * the file, the place, the value and the way out.
 *
 * @param file for messages
 * @param place as in {@code launches[0].global[1]}; empty for the whole
 * @param node what stands there
 */
record DescriptorNode(Path file, String place, JsonNode node) {
  /** Longest value that a message repeats. */
  private static final int SHOWN = 60;

  /** An error about this place. */
  IllegalArgumentException error(String problem) {
    return new IllegalArgumentException(
        place.isEmpty() ? file + ": " + problem : "%s: %s %s".formatted(file, place, problem));
  }

  private IllegalArgumentException isNot(String wanted) {
    String value = node.toString();
    return error(
        "is %s, and should be %s"
            .formatted(value.length() > SHOWN ? value.substring(0, SHOWN) + "..." : value, wanted));
  }

  /** An object that has no other fields. */
  DescriptorNode only(Set<String> fields) {
    if (!node.isObject()) {
      throw isNot("an object of " + String.join(", ", new TreeSet<>(fields)));
    }
    for (String name : node.propertyNames()) {
      if (!fields.contains(name)) {
        throw new DescriptorNode(file, inside(name), node.get(name))
            .error(
                "is no field of a descriptor, version %d: %s"
                    .formatted(
                        DescriptorReader.VERSION,
                        NearMiss.nearest(name, fields)
                            .map(nearest -> "did you mean '" + nearest + "'?")
                            .orElseGet(
                                () -> "there are " + String.join(", ", new TreeSet<>(fields)))));
      }
    }
    return this;
  }

  private String inside(String name) {
    return place.isEmpty() ? name : place + "." + name;
  }

  /** A field that may be left out. */
  Optional<DescriptorNode> optional(String name) {
    return node.has(name)
        ? Optional.of(new DescriptorNode(file, inside(name), node.get(name)))
        : Optional.empty();
  }

  /** A field that may not. */
  DescriptorNode required(String name) {
    return optional(name)
        .orElseThrow(() ->
            new DescriptorNode(file, inside(name), node)
                .error("is missing (docs/your-own-kernel.md lists the fields)"));
  }

  /** Every field of an object, whatever its name. */
  List<String> names() {
    if (!node.isObject()) {
      throw isNot("an object");
    }
    return List.copyOf(node.propertyNames());
  }

  /** The elements of an array. */
  List<DescriptorNode> items() {
    if (!node.isArray()) {
      throw isNot("an array");
    }
    List<DescriptorNode> items = new ArrayList<>();
    for (int index = 0; index < node.size(); index++) {
      items.add(new DescriptorNode(file, "%s[%d]".formatted(place, index), node.get(index)));
    }
    return items;
  }

  String text() {
    if (!node.isString()) {
      throw isNot("a text");
    }
    return node.stringValue();
  }

  /** A text of a form. */
  String text(String form, String wanted) {
    String text = text();
    if (!text.matches(form)) {
      throw isNot(wanted);
    }
    return text;
  }

  int integer() {
    if (!node.isIntegralNumber() || !node.canConvertToInt()) {
      throw isNot("an int");
    }
    return node.intValue();
  }

  boolean truth() {
    if (!node.isBoolean()) {
      throw isNot("true or false");
    }
    return node.booleanValue();
  }

  /** A number, or an expression of one. */
  SizeExpression number(Set<String> names) {
    if (!node.isString() && !node.isIntegralNumber()) {
      throw isNot("a whole number or an expression such as \"4 * HEAD_DIM\"");
    }
    try {
      return SizeExpression.number(node.asString(), names);
    } catch (ExpressionException e) {
      throw unusable(e);
    }
  }

  /** An expression of a condition. */
  SizeExpression condition(Set<String> names) {
    try {
      return SizeExpression.condition(text(), names);
    } catch (ExpressionException e) {
      throw unusable(e);
    }
  }

  private IllegalArgumentException unusable(ExpressionException e) {
    return error("cannot be used: " + e.getMessage());
  }
}
