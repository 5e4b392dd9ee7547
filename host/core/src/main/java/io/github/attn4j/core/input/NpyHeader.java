package io.github.attn4j.core.input;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the header of a .npy file says: a Python dictionary of three entries, whose order is free.
 *
 * @param type one of {@link #TYPES} or {@link #INTEGER_TYPES}
 * @param fortranOrder whether the first index runs fastest
 * @param shape dimensions, none negative; empty for a scalar
 * @param elements their product, small enough for one Java array
 */
record NpyHeader(String type, boolean fortranOrder, List<Integer> shape, int elements) {
  /** What tensors and masks are made of. */
  static final Set<String> TYPES = Set.of("<f4", ">f4", "<f8", ">f8", "|b1");

  /** What tables may be made of besides; uint64 is left out, as no program counts that far. */
  static final Set<String> INTEGER_TYPES =
      Set.of("|i1", "|u1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4", "<u4", ">u4", "<i8", ">i8");

  /** Lists belong to record types, which are recognised to be refused by name. */
  private static final Pattern ENTRY =
      Pattern.compile(
          "\\s*(?:'(\\w+)'|\"(\\w+)\")\\s*:\\s*('[^']*'|\"[^\"]*\"|True|False|\\([^()]*\\)|\\[.*])\\s*(?:,|$)",
          Pattern.DOTALL);

  private static final Pattern SHAPE =
      Pattern.compile(
          "\\(\\s*(?:-?\\d+L?\\s*,\\s*(?:-?\\d+L?\\s*(?:,\\s*-?\\d+L?\\s*)*,?\\s*)?)?\\)");

  /** What one Java array holds on every JVM. */
  private static final int MOST_ELEMENTS = Integer.MAX_VALUE - 8;

  static NpyHeader parse(Path file, String text, boolean integers) {
    Map<String, String> entries = entries(file, text.strip());
    String type = type(file, entry(file, entries, "descr"), integers);
    String order = entry(file, entries, "fortran_order");
    if (!order.equals("True") && !order.equals("False")) {
      throw new InvalidFileException(
          file, "'fortran_order' is %s; True or False is expected".formatted(order));
    }
    List<Integer> shape = shape(file, entry(file, entries, "shape"));
    return new NpyHeader(type, order.equals("True"), shape, elements(file, shape));
  }

  NpyArray.Kind kind() {
    return switch (type.charAt(1)) {
      case 'b' -> NpyArray.Kind.BOOLEAN;
      case 'f' -> NpyArray.Kind.FLOAT;
      default -> NpyArray.Kind.INT;
    };
  }

  boolean isUnsigned() {
    return type.charAt(1) == 'u';
  }

  int elementBytes() {
    return type.charAt(2) - '0';
  }

  ByteOrder byteOrder() {
    return type.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
  }

  private static Map<String, String> entries(Path file, String text) {
    if (text.length() < 2 || !text.startsWith("{") || !text.endsWith("}")) {
      throw notUnderstood(file, text);
    }
    String body = text.substring(1, text.length() - 1).strip();
    Matcher matcher = ENTRY.matcher(body);
    Map<String, String> entries = new HashMap<>();
    int position = 0;
    while (position < body.length()) {
      matcher.region(position, body.length());
      if (!matcher.lookingAt()) {
        throw notUnderstood(file, text);
      }
      String key = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
      if (!Set.of("descr", "fortran_order", "shape").contains(key)) {
        throw new InvalidFileException(file, "unknown entry '%s' in its header".formatted(key));
      }
      if (entries.put(key, matcher.group(3)) != null) {
        throw new InvalidFileException(file, "its header says '%s' twice".formatted(key));
      }
      position = matcher.end();
    }
    return entries;
  }

  private static String entry(Path file, Map<String, String> entries, String key) {
    String value = entries.get(key);
    if (value == null) {
      throw new InvalidFileException(file, "its header does not say '%s'".formatted(key));
    }
    return value;
  }

  private static String type(Path file, String literal, boolean integers) {
    if (literal.startsWith("[")) {
      throw new InvalidFileException(
          file,
          "records of %s; one number or boolean an element is expected: save a single field, array['name']"
              .formatted(literal));
    }
    String type = literal.replaceAll("^['\"]|['\"]$", "");
    if (type.endsWith("O")) {
      throw new InvalidFileException(
          file, "Python objects (type '%s'), which are not read: use array.astype".formatted(type));
    }
    if (!TYPES.contains(type) && !(integers && INTEGER_TYPES.contains(type))) {
      throw new InvalidFileException(
          file,
          "elements of type '%s'; %sfloat32, float64 or bool are expected: use array.astype"
              .formatted(type, integers ? "int32, int64, " : ""));
    }
    return type;
  }

  private static List<Integer> shape(Path file, String literal) {
    if (!SHAPE.matcher(literal).matches()) {
      throw new InvalidFileException(
          file, "shape %s; a tuple of whole numbers is expected".formatted(literal));
    }
    List<Integer> shape = new ArrayList<>();
    for (String part : literal.substring(1, literal.length() - 1).split(",", -1)) {
      String digits = part.strip().replace("L", ""); // Python 2 wrote long numbers so
      if (!digits.isEmpty()) {
        shape.add(dimension(file, literal, digits));
      }
    }
    return shape;
  }

  private static int dimension(Path file, String shape, String digits) {
    if (digits.startsWith("-")) {
      throw new InvalidFileException(
          file, "dimension %s of its shape %s is negative".formatted(digits, shape));
    }
    try {
      return Integer.parseInt(digits);
    } catch (NumberFormatException e) {
      throw new InvalidFileException(
          file, "dimension %s of its shape %s is too large".formatted(digits, shape));
    }
  }

  private static int elements(Path file, List<Integer> shape) {
    if (shape.contains(0)) {
      return 0;
    }
    long elements = 1;
    for (int dimension : shape) {
      elements *= dimension; // both factors are below 2^31
      if (elements > MOST_ELEMENTS) {
        throw new InvalidFileException(
            file,
            "shape %s has more than the %,d elements of one Java array"
                .formatted(shape, MOST_ELEMENTS));
      }
    }
    return (int) elements;
  }

  private static InvalidFileException notUnderstood(Path file, String text) {
    String shown = text.length() > 200 ? text.substring(0, 200) + "..." : text;
    return new InvalidFileException(file, "a header that is not understood: " + shown);
  }
}
