package io.github.attn4j.model.onnx;

import com.google.protobuf.InvalidProtocolBufferException;

/**
 * An attribute of a node (AttributeProto).
 *
 * @param name of it
 * @param kind of its value
 * @param integer the value of an INT, 0 of others
 * @param number the value of a FLOAT, 0 of others
 */
public record OnnxAttribute(String name, Kind kind, long integer, float number) {
  private static final int NAME = 1;
  private static final int FLOAT = 2;
  private static final int INT = 3;
  private static final int TYPE = 20;
  private static final int TYPE_FLOAT = 1;
  private static final int TYPE_INT = 2;

  /** What an attribute's value is. */
  public enum Kind {
    /** A float32. */
    FLOAT,
    /** A whole number of 64 bits. */
    INT,
    /** A text, tensor, graph or list, whose value is not read here. */
    OTHER
  }

  /** A whole number. */
  public static OnnxAttribute of(String name, long value) {
    return new OnnxAttribute(name, Kind.INT, value, 0);
  }

  /** A float32. */
  public static OnnxAttribute of(String name, float value) {
    return new OnnxAttribute(name, Kind.FLOAT, 0, value);
  }

  static OnnxAttribute of(Message message) throws InvalidProtocolBufferException {
    String name = message.text(NAME);
    if (name.isEmpty()) {
      throw Message.malformed("an attribute has no name");
    }
    long type = message.integer(TYPE);
    if (type == TYPE_INT) {
      return of(name, message.integer(INT));
    }
    if (type != TYPE_FLOAT) {
      return new OnnxAttribute(name, Kind.OTHER, 0, 0);
    }
    byte[] bytes = message.fixed32(FLOAT).toByteArray();
    // The last one counts, as with every field that is not repeated.
    float value =
        bytes.length == 0 ? 0 : LittleEndian.view(bytes).getFloat(bytes.length - Float.BYTES);
    return of(name, value);
  }
}
