package io.github.attn4j.core.input;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * NumPy's .npy files (format versions 1 to 3): float32, float64 (rounded to float32 on reading) and
 * boolean, either byte order, C or Fortran order. Our own, since no kept library on Maven Central
 * reads it without an engine behind it, and the format is a page long: numpy/lib/format.py.
 */
public final class NpyFile {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern HEADER =
      Pattern.compile(
          "\\{\\s*'descr':\\s*'([^']*)',\\s*'fortran_order':\\s*(True|False),"
              + "\\s*'shape':\\s*\\(([0-9,\\s]*)\\),?\\s*\\}\\s*");
  private static final Set<String> TYPES = Set.of("<f4", ">f4", "<f8", ">f8", "|b1");

  private NpyFile() {}

  /**
   * Reads a file.
   *
   * @throws InvalidFileException if it is no .npy file, or holds another type, or is shorter or
   *     longer than it says
   * @throws UncheckedIOException if it cannot be read
   */
  public static NpyArray read(Path file) {
    ByteBuffer bytes;
    try {
      bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + " (" + e + ")", e);
    }
    Matcher header = header(file, bytes);
    String type = header.group(1);
    if (!TYPES.contains(type)) {
      throw new InvalidFileException(
          file,
          "elements of type '%s'; float32, float64 or bool are expected: use array.astype"
              .formatted(type));
    }
    List<Integer> shape = shape(file, header.group(3));
    int elementBytes = type.charAt(2) - '0';
    long elements = 1;
    for (int dimension : shape) {
      elements = Math.multiplyExact(elements, (long) dimension);
      if (elements > Integer.MAX_VALUE - 8) {
        throw new InvalidFileException(
            file, "shape " + shape + " has more elements than one Java array holds");
      }
    }
    if (bytes.remaining() != elements * elementBytes) {
      throw new InvalidFileException(
          file,
          "shape %s of '%s' takes %d bytes, but %d follow the header"
              .formatted(shape, type, elements * elementBytes, bytes.remaining()));
    }
    bytes.order(type.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    return values(bytes, type, shape, (int) elements, header.group(2).equals("True"));
  }

  private static Matcher header(Path file, ByteBuffer bytes) {
    if (bytes.remaining() < MAGIC.length + 4) {
      throw new InvalidFileException(file, "too short for a .npy file");
    }
    byte[] magic = new byte[MAGIC.length];
    bytes.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new InvalidFileException(file, "no .npy file: it does not begin with \\x93NUMPY");
    }
    int version = bytes.get();
    bytes.get();
    if (version < 1 || version > 3) {
      throw new InvalidFileException(file, "format version " + version + "; 1 to 3 are known");
    }
    long length = version == 1 ? Short.toUnsignedInt(bytes.getShort()) : 0;
    if (version > 1) {
      if (bytes.remaining() < 4) {
        throw new InvalidFileException(file, "the header is cut off");
      }
      length = Integer.toUnsignedLong(bytes.getInt());
    }
    if (length > bytes.remaining()) {
      throw new InvalidFileException(
          file, "the header claims %d bytes, but %d are left".formatted(length, bytes.remaining()));
    }
    byte[] text = new byte[(int) length];
    bytes.get(text);
    Matcher header = HEADER.matcher(new String(text, StandardCharsets.UTF_8));
    if (!header.matches()) {
      throw new InvalidFileException(
          file,
          "a header that is not understood: " + new String(text, StandardCharsets.UTF_8).strip());
    }
    return header;
  }

  private static List<Integer> shape(Path file, String text) {
    List<Integer> shape = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      if (!part.isBlank()) {
        try {
          shape.add(Integer.parseInt(part.strip()));
        } catch (NumberFormatException e) {
          throw new InvalidFileException(
              file, "dimension '" + part.strip() + "' of its shape is too large");
        }
      }
    }
    return shape;
  }

  private static NpyArray values(
      ByteBuffer bytes, String type, List<Integer> shape, int elements, boolean fortran) {
    boolean isBoolean = type.equals("|b1");
    float[] floats = new float[isBoolean ? 0 : elements];
    boolean[] booleans = new boolean[isBoolean ? elements : 0];
    for (int i = 0; i < elements; i++) {
      int target = fortran ? cOrder(i, shape) : i;
      switch (type.substring(1)) {
        case "b1" -> booleans[target] = bytes.get() != 0;
        case "f4" -> floats[target] = bytes.getFloat();
        default -> floats[target] = (float) bytes.getDouble();
      }
    }
    return new NpyArray(shape, floats, booleans, isBoolean);
  }

  /**
   * Where the i-th element of a Fortran-ordered array, whose first index runs fastest, stands in C
   * order.
   */
  private static int cOrder(int i, List<Integer> shape) {
    int index = 0;
    int rest = i;
    int stride = shape.stream().reduce(1, (a, b) -> a * b);
    for (int dimension : shape) {
      stride /= dimension;
      index += rest % dimension * stride;
      rest /= dimension;
    }
    return index;
  }

  /** Writes float32 values in C order, format version 1. */
  public static void write(Path file, List<Integer> shape, float[] values) {
    long elements = 1;
    for (int dimension : shape) {
      elements = Math.multiplyExact(elements, (long) dimension);
    }
    if (elements != values.length) {
      throw new IllegalArgumentException(
          "shape %s does not hold %d values".formatted(shape, values.length));
    }
    String dimensions = shape.stream().map(d -> d + ",").collect(Collectors.joining(" "));
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + dimensions + "), }";
    int unpadded = MAGIC.length + 4 + header.length() + 1;
    int padding = Math.floorMod(-unpadded, 64); // the data begins on a multiple of 64
    String padded = header + " ".repeat(padding) + "\n";
    ByteBuffer bytes =
        ByteBuffer.allocate(
                Math.addExact(
                    MAGIC.length + 4 + padded.length(), Math.multiplyExact(4, values.length)))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) padded.length());
    bytes.put(padded.getBytes(StandardCharsets.US_ASCII));
    bytes.asFloatBuffer().put(values);
    try {
      Files.write(file, bytes.array());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + " (" + e + ")", e);
    }
  }
}
