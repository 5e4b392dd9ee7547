package io.github.attn4j.model;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes small pieces of ONNX, byte by byte, so that the reader is not tested by its own library.
 */
public final class OnnxBytes {
  private OnnxBytes() {}

  static byte[] model(byte[] graphFields) {
    return field(7, graphFields);
  }

  static byte[] node(String name, String operation, List<String> inputs, List<String> outputs) {
    byte[] body = new byte[0];
    for (String input : inputs) {
      body = join(body, field(1, utf8(input)));
    }
    for (String output : outputs) {
      body = join(body, field(2, utf8(output)));
    }
    return field(1, join(body, field(3, utf8(name)), field(4, utf8(operation))));
  }

  static byte[] floats(String name, float[] values, int... shape) {
    ByteBuffer raw = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    return tensor(name, 1, raw.array(), shape);
  }

  static byte[] tensor(String name, int dataType, byte[] raw, int... shape) {
    byte[] body = new byte[0];
    for (int dimension : shape) {
      body = join(body, varint(1 << 3), varint(dimension));
    }
    return field(
        5, join(body, varint(2 << 3), varint(dataType), field(8, utf8(name)), field(9, raw)));
  }

  /** A declared graph output: ValueInfoProto with element type float and no shape. */
  static byte[] floatOutput(String name) {
    byte[] tensorType = field(1, join(varint(1 << 3), varint(1)));
    return field(12, join(field(1, utf8(name)), field(2, tensorType)));
  }

  /** One behind the other. */
  public static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  /** A length-delimited field. */
  public static byte[] field(int number, byte[] content) {
    return join(varint((number << 3) | 2), varint(content.length), content);
  }

  /** A whole number of at least 0, in base 128. */
  public static byte[] varint(int value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int rest = value;
    while (rest > 0x7f) {
      bytes.write((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    bytes.write(rest);
    return bytes.toByteArray();
  }

  /** The bytes of a text. */
  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
