package io.github.attn4j.bench.mask;

import io.github.attn4j.core.expression.Bindings;
import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.Preset.Parameter;
import io.github.attn4j.core.expression.TableGenerator;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What stands for a name in an expression: a constant, or where a table comes from. */
sealed interface NamedValue {
  /** As a mask's text has it; {@link #parse} is the inverse. */
  String text();

  /** The names so far and this one, for a shape. */
  Bindings addTo(Bindings bindings, String name, Supplier<Domain> domain);

  /** A number. */
  record Constant(Number number) implements NamedValue {
    private static final Pattern INT = Pattern.compile("[+-]?\\d+");
    private static final Pattern FLOAT =
        Pattern.compile("[+-]?(?:\\d+\\.\\d+|\\.\\d+|\\d+)(?:[eE][+-]?\\d+)?");

    /** The number that a text is, if it is one. */
    static Optional<Constant> of(String name, String text) {
      if (INT.matcher(text).matches()) {
        BigInteger value = new BigInteger(text);
        if (value.bitLength() > 31) {
          throw new IllegalArgumentException(
              "%s=%s: an int has 32 bits, %d to %d; write a float with a point"
                  .formatted(name, text, Integer.MIN_VALUE, Integer.MAX_VALUE));
        }
        return Optional.of(new Constant(value.intValue()));
      }
      if (FLOAT.matcher(text).matches()) {
        float value = Float.parseFloat(text);
        if (Float.isInfinite(value)) {
          throw new IllegalArgumentException(
              "%s=%s: a float is at most %s".formatted(name, text, Float.MAX_VALUE));
        }
        return Optional.of(new Constant(value));
      }
      return Optional.empty();
    }

    @Override
    public String text() {
      return number.toString();
    }

    @Override
    public Bindings addTo(Bindings bindings, String name, Supplier<Domain> domain) {
      return bindings.with(new Bindings(Map.of(name, number), Map.of()));
    }
  }

  /** A table in a .npy file. */
  record TableFile(Path file) implements NamedValue {
    @Override
    public String text() {
      return FileNames.written(file);
    }

    @Override
    public Bindings addTo(Bindings bindings, String name, Supplier<Domain> domain) {
      return bindings.with(name, TableFiles.table(file));
    }
  }

  /**
   * A table made for the shape.
   *
   * @param chosen parameters that were given
   */
  record Generated(TableGenerator generator, Map<String, Number> chosen) implements NamedValue {
    static Generated of(Call call) {
      TableGenerator generator = TableGenerator.named(call.id());
      Map<String, Number> chosen = new LinkedHashMap<>();
      call.byName(generator.parameters().stream().map(Parameter::name).toList())
          .forEach((name, value) -> chosen.put(name, number(call.id(), name, value)));
      generator.values(chosen); // refuses now what no shape can mend
      return new Generated(generator, chosen);
    }

    private static Number number(String owner, String name, String value) {
      return Constant.of(name, value)
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "%s of %s must be a number, but it is '%s'".formatted(name, owner, value)))
          .number();
    }

    @Override
    public String text() {
      return chosen.entrySet().stream()
          .map(entry -> entry.getKey() + "=" + entry.getValue())
          .collect(Collectors.joining(",", generator.id() + "(", ")"));
    }

    @Override
    public Bindings addTo(Bindings bindings, String name, Supplier<Domain> domain) {
      return bindings.with(name, generator.make(domain.get(), chosen));
    }
  }

  /** The value that {@link #text} wrote. */
  static NamedValue parse(String name, String text) {
    Optional<Constant> constant = Constant.of(name, text);
    if (constant.isPresent()) {
      return constant.get();
    }
    return generated(text).orElseGet(() -> new TableFile(FileNames.read(text)));
  }

  /** The table that an option names: a generator with its brackets, or a file. */
  static NamedValue table(String text) {
    return generated(text).orElseGet(() -> new TableFile(FileNames.path(text)));
  }

  private static Optional<NamedValue> generated(String text) {
    return text.endsWith(")") ? Call.of(text).map(Generated::of) : Optional.empty();
  }
}
