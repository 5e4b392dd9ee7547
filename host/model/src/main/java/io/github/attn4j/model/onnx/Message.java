package io.github.attn4j.model.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A protobuf message by field numbers. Whoever asks says which wire type a field has; another one
 * than that, which the schema does not allow, is an error.
 */
final class Message {
  private final String name;
  private final UnknownFieldSet fields;

  private Message(String name, UnknownFieldSet fields) {
    this.name = name;
    this.fields = fields;
  }

  /**
   * Parses bytes.
   *
   * @param name of the message in the schema, for errors
   */
  static Message parse(String name, ByteString bytes) throws InvalidProtocolBufferException {
    try {
      return new Message(name, UnknownFieldSet.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw malformed("%s is no protobuf message (%s)".formatted(name, e.getMessage()));
    }
  }

  static InvalidProtocolBufferException malformed(String problem) {
    return new InvalidProtocolBufferException(problem);
  }

  boolean has(int field) {
    return fields.hasField(field);
  }

  /** The messages of a repeated field. */
  List<Message> messages(int field, String itsName) throws InvalidProtocolBufferException {
    List<Message> messages = new ArrayList<>();
    for (ByteString bytes : delimited(field)) {
      messages.add(parse(itsName, bytes));
    }
    return messages;
  }

  /** The texts of a repeated field. */
  List<String> texts(int field) throws InvalidProtocolBufferException {
    List<String> texts = new ArrayList<>();
    for (ByteString bytes : delimited(field)) {
      if (!bytes.isValidUtf8()) {
        throw malformed("field %d of %s is no UTF-8 text".formatted(field, name));
      }
      texts.add(bytes.toStringUtf8());
    }
    return texts;
  }

  /** The text of a field, the last one as protobuf has it; empty where it is absent. */
  String text(int field) throws InvalidProtocolBufferException {
    List<String> texts = texts(field);
    return texts.isEmpty() ? "" : texts.getLast();
  }

  /** The bytes of a field, the last ones; empty where it is absent. */
  ByteString bytes(int field) throws InvalidProtocolBufferException {
    List<ByteString> all = delimited(field);
    return all.isEmpty() ? ByteString.EMPTY : all.getLast();
  }

  /** The whole number of a field, the last one; 0 where it is absent. */
  long integer(int field) throws InvalidProtocolBufferException {
    List<Long> all = integers(field);
    return all.isEmpty() ? 0 : all.getLast();
  }

  /** The whole numbers of a repeated field, packed or not. */
  List<Long> integers(int field) throws InvalidProtocolBufferException {
    UnknownFieldSet.Field of = fields.getField(field);
    requireNone(field, !of.getFixed32List().isEmpty() || !of.getFixed64List().isEmpty(), of);
    List<Long> numbers = new ArrayList<>(of.getVarintList());
    for (ByteString packed : of.getLengthDelimitedList()) {
      CodedInputStream input = packed.newCodedInput();
      try {
        while (!input.isAtEnd()) {
          numbers.add(input.readRawVarint64());
        }
      } catch (IOException e) {
        throw malformed(
            "field %d of %s is no list of numbers (%s)".formatted(field, name, e.getMessage()));
      }
    }
    return numbers;
  }

  /** The float32 numbers of a repeated field as little-endian bytes, packed or not. */
  ByteString fixed32(int field) throws InvalidProtocolBufferException {
    UnknownFieldSet.Field of = fields.getField(field);
    requireNone(field, !of.getVarintList().isEmpty() || !of.getFixed64List().isEmpty(), of);
    byte[] single = new byte[Integer.BYTES * of.getFixed32List().size()];
    int at = 0;
    for (int bits : of.getFixed32List()) {
      at = LittleEndian.put(single, at, bits, Integer.BYTES);
    }
    return together(field, single, of.getLengthDelimitedList(), Integer.BYTES);
  }

  /** The float64 numbers of a repeated field as little-endian bytes, packed or not. */
  ByteString fixed64(int field) throws InvalidProtocolBufferException {
    UnknownFieldSet.Field of = fields.getField(field);
    requireNone(field, !of.getVarintList().isEmpty() || !of.getFixed32List().isEmpty(), of);
    byte[] single = new byte[Long.BYTES * of.getFixed64List().size()];
    int at = 0;
    for (long bits : of.getFixed64List()) {
      at = LittleEndian.put(single, at, bits, Long.BYTES);
    }
    return together(field, single, of.getLengthDelimitedList(), Long.BYTES);
  }

  private ByteString together(int field, byte[] single, List<ByteString> packed, int width)
      throws InvalidProtocolBufferException {
    ByteString all = ByteString.copyFrom(single).concat(ByteString.copyFrom(packed));
    if (all.size() % width != 0) {
      throw malformed(
          "field %d of %s has %d bytes, no multiple of %d"
              .formatted(field, name, all.size(), width));
    }
    return all;
  }

  private List<ByteString> delimited(int field) throws InvalidProtocolBufferException {
    UnknownFieldSet.Field of = fields.getField(field);
    requireNone(
        field,
        !of.getVarintList().isEmpty()
            || !of.getFixed32List().isEmpty()
            || !of.getFixed64List().isEmpty(),
        of);
    return of.getLengthDelimitedList();
  }

  private void requireNone(int field, boolean others, UnknownFieldSet.Field of)
      throws InvalidProtocolBufferException {
    if (others || !of.getGroupList().isEmpty()) {
      throw malformed("field %d of %s has another wire type than ONNX's".formatted(field, name));
    }
  }
}
