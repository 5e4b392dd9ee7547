package io.github.attn4j.model.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.spec.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A tensor (TensorProto) in row-major order.
 *
 * @param name may be empty
 * @param typeCode of its elements, as {@link OnnxType} numbers them; may be one that has no
 *     constant there, whose elements are not read
 * @param shape its dimensions
 * @param raw its elements, little-endian; empty where the type has no constant
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record OnnxTensor(String name, int typeCode, List<Integer> shape, byte[] raw) {
  private static final int DIMS = 1;
  private static final int DATA_TYPE = 2;
  private static final int SEGMENT = 3;
  private static final int FLOAT_DATA = 4;
  private static final int INT32_DATA = 5;
  private static final int INT64_DATA = 7;
  private static final int NAME = 8;
  private static final int RAW_DATA = 9;
  private static final int DOUBLE_DATA = 10;
  private static final int UINT64_DATA = 11;
  private static final int DATA_LOCATION = 14;

  /** Copies the shape. */
  public OnnxTensor {
    shape = List.copyOf(shape);
  }

  /**
   * Reads a file.
   *
   * @throws InvalidFileException naming the file and what is wrong, if it is no tensor
   * @throws UncheckedIOException naming the file, if it cannot be read
   */
  public static OnnxTensor read(Path file) {
    return parse(file, bytesOf(file));
  }

  /**
   * The same of bytes that are already read.
   *
   * @param file for messages
   * @throws InvalidFileException naming the file and what is wrong, if they are no tensor
   */
  public static OnnxTensor parse(Path file, byte[] bytes) {
    try {
      return of(Message.parse("TensorProto", ByteString.copyFrom(bytes)));
    } catch (InvalidProtocolBufferException e) {
      throw new InvalidFileException(file, "no readable ONNX tensor: " + e.getMessage());
    }
  }

  static byte[] bytesOf(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + " (" + e + ")", e);
    } catch (OutOfMemoryError e) { // more than one array, or than the heap has
      throw new InvalidFileException(file, "too large to be read at once (" + e.getMessage() + ")");
    }
  }

  private static OnnxTensor of(Message message) throws InvalidProtocolBufferException {
    if (message.has(SEGMENT)) {
      throw Message.malformed("it is a segment of a tensor, not a whole one");
    }
    if (message.integer(DATA_LOCATION) != 0) {
      throw Message.malformed("its elements are in another file, which is not read");
    }
    long code = message.integer(DATA_TYPE);
    List<Long> dims = message.integers(DIMS);
    int elements = elements(dims);
    List<Integer> shape = dims.stream().map(Long::intValue).toList();
    int typeCode = Math.clamp(code, 0, Integer.MAX_VALUE);
    OnnxType type = OnnxType.of(typeCode).orElse(null);
    if (type == null) {
      return new OnnxTensor(message.text(NAME), typeCode, shape, new byte[0]);
    }
    byte[] raw = data(message, type);
    if (raw.length != (long) elements * type.bytes()) {
      throw Message.malformed(
          "%s of shape %s takes %,d bytes, but it holds %,d"
              .formatted(type.label(), shape, (long) elements * type.bytes(), raw.length));
    }
    return new OnnxTensor(message.text(NAME), typeCode, shape, raw);
  }

  private static int elements(List<Long> dims) throws InvalidProtocolBufferException {
    long elements = 1;
    for (long dim : dims) {
      if (dim < 0 || dim > Integer.MAX_VALUE) {
        throw Message.malformed("dimension %d in its shape %s".formatted(dim, dims));
      }
      elements *= dim; // both below 2^31
      if (elements > Integer.MAX_VALUE) {
        throw Message.malformed("its shape %s has more elements than one array".formatted(dims));
      }
    }
    return (int) elements;
  }

  /** Little-endian elements, wherever the file has them. */
  private static byte[] data(Message message, OnnxType type) throws InvalidProtocolBufferException {
    if (message.has(RAW_DATA)) {
      return message.bytes(RAW_DATA).toByteArray();
    }
    return switch (type) {
      case FLOAT -> message.fixed32(FLOAT_DATA).toByteArray();
      case DOUBLE -> message.fixed64(DOUBLE_DATA).toByteArray();
      case INT64 -> narrowed(message.integers(INT64_DATA), type);
      case UINT32, UINT64 -> narrowed(message.integers(UINT64_DATA), type);
      case UINT8, INT8, UINT16, INT16, INT32, BOOL, FLOAT16, BFLOAT16 ->
          narrowed(message.integers(INT32_DATA), type);
    };
  }

  private static byte[] narrowed(List<Long> numbers, OnnxType type)
      throws InvalidProtocolBufferException {
    long size = (long) numbers.size() * type.bytes();
    if (size > Integer.MAX_VALUE - 8) {
      throw Message.malformed("it has more elements than one array");
    }
    byte[] bytes = new byte[(int) size];
    int at = 0;
    for (long number : numbers) {
      at = LittleEndian.put(bytes, at, number, type.bytes());
    }
    return bytes;
  }

  /** A tensor of float32, float16 or bfloat16, rounded. */
  public static OnnxTensor of(String name, OnnxType type, List<Integer> shape, float[] values) {
    byte[] raw = new byte[Math.multiplyExact(values.length, type.bytes())];
    int at = 0;
    for (float value : values) {
      at = LittleEndian.put(raw, at, elementType(type).encode(value), type.bytes());
    }
    return new OnnxTensor(name, type.code(), shape, raw);
  }

  /** A tensor of booleans. */
  public static OnnxTensor of(String name, List<Integer> shape, boolean[] values) {
    byte[] raw = new byte[values.length];
    for (int i = 0; i < raw.length; i++) {
      raw[i] = (byte) (values[i] ? 1 : 0);
    }
    return new OnnxTensor(name, OnnxType.BOOL.code(), shape, raw);
  }

  /** A tensor of int64. */
  public static OnnxTensor of(String name, List<Integer> shape, long[] values) {
    byte[] raw = new byte[Math.multiplyExact(values.length, Long.BYTES)];
    LittleEndian.view(raw).asLongBuffer().put(values);
    return new OnnxTensor(name, OnnxType.INT64.code(), shape, raw);
  }

  /** As the specification writes the type. */
  public String typeLabel() {
    return OnnxType.label(typeCode);
  }

  /** Whether its elements are of a type. */
  public boolean is(OnnxType type) {
    return typeCode == type.code();
  }

  /** Elements. */
  public int size() {
    return shape.stream().reduce(1, Math::multiplyExact);
  }

  /**
   * Elements of a tensor of float32, float16 or bfloat16.
   *
   * @throws IllegalStateException for any other type
   */
  public float[] floats() {
    OnnxType type = OnnxType.of(typeCode).orElse(OnnxType.BOOL);
    ElementType element = elementType(type);
    ByteBuffer bytes = LittleEndian.view(raw);
    float[] values = new float[raw.length / type.bytes()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          element.decode(type.bytes() == 4 ? bytes.getInt(4 * i) : bytes.getShort(2 * i) & 0xffff);
    }
    return values;
  }

  /**
   * Elements of a tensor of booleans: true is whatever is not 0.
   *
   * @throws IllegalStateException for any other type
   */
  public boolean[] booleans() {
    require(OnnxType.BOOL);
    boolean[] values = new boolean[raw.length];
    for (int i = 0; i < raw.length; i++) {
      values[i] = raw[i] != 0;
    }
    return values;
  }

  /**
   * Elements of a tensor of int64.
   *
   * @throws IllegalStateException for any other type
   */
  public long[] longs() {
    require(OnnxType.INT64);
    long[] values = new long[raw.length / Long.BYTES];
    LittleEndian.view(raw).asLongBuffer().get(values);
    return values;
  }

  private void require(OnnxType type) {
    if (!is(type)) {
      throw new IllegalStateException(
          "%s is a %s, not a %s".formatted(name, typeLabel(), type.label()));
    }
  }

  private static ElementType elementType(OnnxType type) {
    return switch (type) {
      case FLOAT -> ElementType.F32;
      case FLOAT16 -> ElementType.F16;
      case BFLOAT16 -> ElementType.BF16;
      default -> throw new IllegalStateException(type.label() + " holds no floats of ours");
    };
  }
}
