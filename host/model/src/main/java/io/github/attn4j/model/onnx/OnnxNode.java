package io.github.attn4j.model.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;

/**
 * An operation of a graph (NodeProto).
 *
 * @param name of the node; may be empty
 * @param domain of the operator; empty for ONNX's own
 * @param operation the operator
 * @param inputs names of the values it takes, by position; an empty one is absent
 * @param outputs names of the values it makes, likewise
 * @param attributes in the order of the file
 */
public record OnnxNode(
    String name,
    String domain,
    String operation,
    List<String> inputs,
    List<String> outputs,
    List<OnnxAttribute> attributes) {
  private static final int INPUT = 1;
  private static final int OUTPUT = 2;
  private static final int NAME = 3;
  private static final int OPERATION = 4;
  private static final int ATTRIBUTE = 5;
  private static final int DOMAIN = 7;

  /** Copies the lists. */
  public OnnxNode {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = List.copyOf(attributes);
  }

  /**
   * Reads a node.
   *
   * @param bytes of the message
   * @throws InvalidProtocolBufferException saying what is wrong, if they are none
   */
  public static OnnxNode parse(ByteString bytes) throws InvalidProtocolBufferException {
    return of(Message.parse("NodeProto", bytes));
  }

  static OnnxNode of(Message message) throws InvalidProtocolBufferException {
    List<OnnxAttribute> attributes = new ArrayList<>();
    for (Message attribute : message.messages(ATTRIBUTE, "AttributeProto")) {
      attributes.add(OnnxAttribute.of(attribute));
    }
    String domain = message.text(DOMAIN);
    return new OnnxNode(
        message.text(NAME),
        domain.equals("ai.onnx") ? "" : domain, // two names of one domain
        message.text(OPERATION),
        message.texts(INPUT),
        message.texts(OUTPUT),
        attributes);
  }
}
