package io.github.attn4j.model.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.github.attn4j.core.input.InvalidFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A small model (ModelProto), read as a whole: its nodes, and which versions of operators they
 * mean. Weights of large ones are streamed instead.
 *
 * @param opsets the version of the operator set of each domain; ONNX's own has an empty name
 * @param nodes of the graph, in the order of the file
 */
public record OnnxModel(Map<String, Long> opsets, List<OnnxNode> nodes) {
  private static final int GRAPH = 7;
  private static final int OPSET = 8;
  private static final int GRAPH_NODE = 1;
  private static final int OPSET_DOMAIN = 1;
  private static final int OPSET_VERSION = 2;

  /** Copies map and list. */
  public OnnxModel {
    opsets = Map.copyOf(opsets);
    nodes = List.copyOf(nodes);
  }

  /**
   * Reads a file.
   *
   * @throws InvalidFileException naming the file and what is wrong, if it is no such model
   * @throws java.io.UncheckedIOException naming the file, if it cannot be read
   */
  public static OnnxModel read(Path file) {
    return parse(file, OnnxTensor.bytesOf(file));
  }

  /**
   * The same of bytes that are already read.
   *
   * @param file for messages
   * @throws InvalidFileException naming the file and what is wrong, if they are no such model
   */
  public static OnnxModel parse(Path file, byte[] bytes) {
    try {
      return of(Message.parse("ModelProto", ByteString.copyFrom(bytes)));
    } catch (InvalidProtocolBufferException e) {
      throw new InvalidFileException(file, "no readable ONNX model: " + e.getMessage());
    }
  }

  private static OnnxModel of(Message model) throws InvalidProtocolBufferException {
    Map<String, Long> opsets = new HashMap<>();
    for (Message opset : model.messages(OPSET, "OperatorSetIdProto")) {
      String domain = opset.text(OPSET_DOMAIN);
      opsets.put(domain.equals("ai.onnx") ? "" : domain, opset.integer(OPSET_VERSION));
    }
    List<Message> graphs = model.messages(GRAPH, "GraphProto");
    if (graphs.isEmpty()) {
      throw Message.malformed("it holds no graph (field 7 of ModelProto)");
    }
    List<OnnxNode> nodes = new ArrayList<>();
    for (Message node : graphs.getLast().messages(GRAPH_NODE, "NodeProto")) {
      nodes.add(OnnxNode.of(node));
    }
    return new OnnxModel(opsets, nodes);
  }
}
