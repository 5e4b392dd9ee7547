package io.github.attn4j.core.input;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * NumPy's .npy files, format versions 1.0 to 3.0: float32, float64 and boolean, either byte order,
 * C or Fortran order. float64 is rounded to float32 on reading, since nothing here computes in
 * more; a number that float32 cannot hold is refused, since an additive mask's lowest float64 would
 * turn into -inf and hide what it only disfavours. Our own reader, since no kept library on Maven
 * Central does it without an engine behind it, and the format is a page long: numpy/lib/format.py.
 */
public final class NpyFile {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int ALIGNMENT = 64; // where NumPy's own writer lets the data begin

  /** A thousand times what three entries take; beyond it a length is damage, not a header. */
  private static final int LONGEST_HEADER = 1 << 17;

  private static final int CHUNK_BYTES = 1 << 16;

  private NpyFile() {}

  /**
   * Reads a file.
   *
   * @throws InvalidFileException if it is no .npy file, holds another type, is shorter or longer
   *     than its shape, or holds a number that float32 cannot
   * @throws UncheckedIOException if it cannot be read
   */
  public static NpyArray read(Path file) {
    return read(file, false);
  }

  /**
   * The same for a file that may hold integers of 8 to 64 bits too.
   *
   * @throws InvalidFileException also where an integer does not fit 32 bits
   */
  public static NpyArray readWithIntegers(Path file) {
    return read(file, true);
  }

  private static NpyArray read(Path file, boolean integers) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      NpyHeader header = readHeader(file, channel, integers);
      // Before anything is allocated: a shape may lie.
      long expected = (long) header.elements() * header.elementBytes();
      long actual = channel.size() - channel.position();
      if (actual != expected) {
        throw new InvalidFileException(
            file,
            "shape %s of '%s' takes %,d bytes, but %,d follow the header"
                .formatted(header.shape(), header.type(), expected, actual));
      }
      return new Elements(file, channel, header).read();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + " (" + e + ")", e);
    }
  }

  private static NpyHeader readHeader(Path file, FileChannel channel, boolean integers)
      throws IOException {
    ByteBuffer start = readExactly(file, channel, MAGIC.length + 2, "the version");
    byte[] magic = new byte[MAGIC.length];
    start.get(magic);
    if (!Arrays.equals(magic, MAGIC)) {
      throw new InvalidFileException(file, "no .npy file: it does not begin with \\x93NUMPY");
    }
    int major = Byte.toUnsignedInt(start.get());
    int minor = Byte.toUnsignedInt(start.get());
    if (major < 1 || major > 3 || minor != 0) {
      throw new InvalidFileException(
          file, "format version %d.%d; 1.0, 2.0 and 3.0 are known".formatted(major, minor));
    }
    int lengthBytes = major == 1 ? 2 : 4;
    ByteBuffer lengthField = readExactly(file, channel, lengthBytes, "the header's length");
    long length =
        major == 1
            ? Short.toUnsignedLong(lengthField.getShort())
            : Integer.toUnsignedLong(lengthField.getInt());
    long left = channel.size() - channel.position();
    if (length > left) {
      throw new InvalidFileException(
          file, "the header claims %,d bytes, but %,d are left".formatted(length, left));
    }
    if (length > LONGEST_HEADER) {
      throw new InvalidFileException(
          file,
          "the header claims %,d bytes; at most %,d are expected"
              .formatted(length, LONGEST_HEADER));
    }
    ByteBuffer text = readExactly(file, channel, (int) length, "the header");
    Charset charset = major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    return NpyHeader.parse(file, charset.decode(text).toString(), integers);
  }

  private static ByteBuffer readExactly(Path file, FileChannel channel, int bytes, String what)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    fill(file, channel, buffer, what);
    return buffer;
  }

  private static void fill(Path file, FileChannel channel, ByteBuffer buffer, String what)
      throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new InvalidFileException(
            file, "ends after %,d bytes, within %s".formatted(channel.position(), what));
      }
    }
    buffer.flip();
  }

  /** Reads the elements in chunks, so that a file needs no second copy in memory. */
  private static final class Elements {
    private final Path file;
    private final FileChannel channel;
    private final NpyHeader header;
    private final float[] floats;
    private final boolean[] booleans;
    private final int[] ints;
    private final int[] strides; // of the result, in C order
    private final int[] index; // of the next element
    private int target;

    Elements(Path file, FileChannel channel, NpyHeader header) {
      this.file = file;
      this.channel = channel;
      this.header = header;
      NpyArray.Kind kind = header.kind();
      floats = new float[kind == NpyArray.Kind.FLOAT ? header.elements() : 0];
      booleans = new boolean[kind == NpyArray.Kind.BOOLEAN ? header.elements() : 0];
      ints = new int[kind == NpyArray.Kind.INT ? header.elements() : 0];
      index = new int[header.shape().size()];
      strides = new int[index.length];
      int stride = 1;
      for (int dimension = strides.length - 1; dimension >= 0; dimension--) {
        strides[dimension] = stride;
        stride *= header.shape().get(dimension);
      }
    }

    NpyArray read() throws IOException {
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(header.byteOrder());
      int perChunk = CHUNK_BYTES / header.elementBytes();
      for (int done = 0; done < header.elements(); done += perChunk) {
        int count = Math.min(perChunk, header.elements() - done);
        chunk.clear().limit(count * header.elementBytes());
        fill(file, channel, chunk, "the data"); // only if somebody shortens the file meanwhile
        for (int i = 0; i < count; i++) {
          take(chunk);
          advance();
        }
      }
      return new NpyArray(header.shape(), header.kind(), floats, booleans, ints);
    }

    private void take(ByteBuffer chunk) {
      switch (header.kind()) {
        case BOOLEAN -> booleans[target] = chunk.get() != 0;
        case FLOAT ->
            floats[target] =
                header.elementBytes() == 4 ? chunk.getFloat() : rounded(chunk.getDouble());
        case INT -> ints[target] = fitting(integer(chunk));
      }
    }

    private long integer(ByteBuffer chunk) {
      boolean unsigned = header.isUnsigned();
      return switch (header.elementBytes()) {
        case 1 -> unsigned ? Byte.toUnsignedInt(chunk.get()) : chunk.get();
        case 2 -> unsigned ? Short.toUnsignedInt(chunk.getShort()) : chunk.getShort();
        case 4 -> unsigned ? Integer.toUnsignedLong(chunk.getInt()) : chunk.getInt();
        default -> chunk.getLong();
      };
    }

    private int fitting(long value) {
      if (value != (int) value) {
        throw new InvalidFileException(
            file,
            "element %s is %d, beyond the 32 bits of an int"
                .formatted(Arrays.toString(index), value));
      }
      return (int) value;
    }

    private float rounded(double value) {
      float rounded = (float) value;
      if (Float.isInfinite(rounded) && !Double.isInfinite(value)) {
        throw new InvalidFileException(
            file,
            "element %s is %s, beyond float32's %s: clip it before saving, or say -inf where a mask hides"
                .formatted(Arrays.toString(index), value, Float.MAX_VALUE));
      }
      return rounded;
    }

    /** Moves on by one element in the file's order. */
    private void advance() {
      if (index.length == 0) {
        return;
      }
      int step = header.fortranOrder() ? 1 : -1;
      int dimension = header.fortranOrder() ? 0 : index.length - 1;
      while (dimension >= 0 && dimension < index.length) {
        index[dimension]++;
        target += strides[dimension];
        int size = header.shape().get(dimension);
        if (index[dimension] < size) {
          return;
        }
        index[dimension] = 0;
        target -= strides[dimension] * size;
        dimension += step;
      }
    }
  }

  /**
   * Writes float32 values in C order, format version 1.0, over what the file held.
   *
   * @throws IllegalArgumentException if the shape does not hold as many values
   * @throws UncheckedIOException if it cannot be written
   */
  public static void write(Path file, List<Integer> shape, float[] values) {
    write(file, "<f4", shape, 4, values.length, (chunk, i) -> chunk.putFloat(values[i]));
  }

  /** The same for booleans, one byte an element. */
  public static void write(Path file, List<Integer> shape, boolean[] values) {
    write(
        file, "|b1", shape, 1, values.length, (chunk, i) -> chunk.put((byte) (values[i] ? 1 : 0)));
  }

  /** Puts the i-th element into a chunk. */
  private interface Put {
    void element(ByteBuffer chunk, int i);
  }

  private static void write(
      Path file, String type, List<Integer> shape, int elementBytes, int count, Put put) {
    requireHolds(shape, count);
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      drain(channel, header(type, shape));
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        put.element(chunk, i);
        if (chunk.remaining() < elementBytes) {
          drain(channel, chunk.flip());
          chunk.clear();
        }
      }
      drain(channel, chunk.flip());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + " (" + e + ")", e);
    }
  }

  private static void requireHolds(List<Integer> shape, int count) {
    long elements = 1;
    for (int dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException("shape " + shape + " has a negative dimension");
      }
      elements = Math.multiplyExact(elements, (long) dimension);
    }
    if (elements != count) {
      throw new IllegalArgumentException(
          "shape %s does not hold %,d values".formatted(shape, count));
    }
  }

  private static ByteBuffer header(String type, List<Integer> shape) {
    String dimensions =
        shape.size() == 1
            ? shape.getFirst() + "," // without the comma Python would see a number, no tuple
            : shape.stream().map(String::valueOf).collect(Collectors.joining(", "));
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(type, dimensions);
    int unpadded = MAGIC.length + 4 + header.length() + 1;
    String padded = header + " ".repeat(Math.floorMod(-unpadded, ALIGNMENT)) + "\n";
    ByteBuffer bytes =
        ByteBuffer.allocate(MAGIC.length + 4 + padded.length()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) padded.length());
    return bytes.put(padded.getBytes(StandardCharsets.US_ASCII)).flip();
  }

  private static void drain(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
