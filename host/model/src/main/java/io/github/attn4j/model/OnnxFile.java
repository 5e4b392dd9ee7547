package io.github.attn4j.model;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.github.attn4j.model.onnx.OnnxNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Streams an ONNX file and keeps only the tensors somebody asks for.
 *
 * <p>ONNX is protobuf, and serializers write fields in the order of their numbers: first all nodes
 * of the graph, then its tensors. So once the first tensor comes, the nodes can tell which tensors
 * are wanted; the others are skipped unread, and reading ends at the last wanted one. The floats go
 * straight from the stream into their array, so the file never lies in memory as a whole.
 *
 * <p>Field numbers are those of the ONNX specification's onnx.proto, IR version 3 and later.
 */
final class OnnxFile {
  private static final int MODEL_GRAPH = 7;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_INITIALIZER = 5;
  private static final int TENSOR_DIMS = 1;
  private static final int TENSOR_DATA_TYPE = 2;
  private static final int TENSOR_NAME = 8;
  private static final int TENSOR_RAW_DATA = 9;
  private static final int DATA_TYPE_FLOAT = 1;
  private static final int CHUNK_BYTES = 1 << 16;

  /** A float tensor in row-major order. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Tensor(List<Long> shape, float[] values) {}

  private final CodedInputStream input;
  private final List<OnnxNode> nodes = new ArrayList<>();
  private final Map<String, Tensor> tensors = new HashMap<>();

  private OnnxFile(InputStream stream) {
    input = CodedInputStream.newInstance(stream, CHUNK_BYTES);
  }

  /**
   * Reads the tensors that {@code choose} names.
   *
   * @param stream the file's bytes; read up to the last wanted tensor, not closed
   * @param choose from the graph's nodes to the names of the wanted tensors; may throw
   * @return exactly the wanted tensors, by name
   * @throws ModelLoadException if the bytes are not an ONNX graph with nodes before tensors, or a
   *     wanted tensor is absent, not float, or not stored as raw data
   * @throws IOException if the stream fails
   */
  static Map<String, Tensor> readTensors(
      InputStream stream, Function<List<OnnxNode>, Set<String>> choose) throws IOException {
    OnnxFile file = new OnnxFile(stream);
    try {
      file.readModel(choose);
    } catch (InvalidProtocolBufferException e) {
      throw new ModelLoadException("The model is not a readable ONNX file: " + e.getMessage(), e);
    }
    return file.tensors;
  }

  private void readModel(Function<List<OnnxNode>, Set<String>> choose) throws IOException {
    for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == MODEL_GRAPH) {
        int outer = input.pushLimit(input.readRawVarint32());
        readGraph(choose);
        input.popLimit(outer);
        return;
      }
      skip(tag);
    }
    throw new ModelLoadException("The ONNX file holds no graph (field 7 of ModelProto)");
  }

  private void readGraph(Function<List<OnnxNode>, Set<String>> choose) throws IOException {
    Set<String> wanted = Set.of();
    boolean chosen = false;
    for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
      int field = WireFormat.getTagFieldNumber(tag);
      if (field != GRAPH_NODE && field != GRAPH_INITIALIZER) {
        skip(tag);
        continue;
      }
      if (field == GRAPH_NODE) {
        nodes.add(OnnxNode.parse(input.readBytes()));
        continue;
      }
      if (!chosen) {
        wanted = choose.apply(List.copyOf(nodes));
        chosen = true;
      }
      int outer = input.pushLimit(input.readRawVarint32());
      readTensor(wanted);
      if (tensors.keySet().containsAll(wanted)) {
        // Limits stay pushed: the rest of the stream is of no interest and must not be inflated.
        return;
      }
      input.popLimit(outer);
    }
    // Reached with a wanted tensor absent, or with no tensor at all: choose() then names the node.
    Set<String> missing = new TreeSet<>(chosen ? wanted : choose.apply(List.copyOf(nodes)));
    missing.removeAll(tensors.keySet());
    throw new ModelLoadException("The ONNX graph lacks the tensors " + missing);
  }

  private void readTensor(Set<String> wanted) throws IOException {
    List<Long> shape = new ArrayList<>();
    int dataType = 0;
    String name = "";
    float[] values = null;
    for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case TENSOR_DIMS -> readDimensions(tag, shape);
        case TENSOR_DATA_TYPE -> dataType = input.readInt32();
        case TENSOR_NAME -> {
          name = input.readString();
          if (!wanted.contains(name)) {
            input.skipRawBytes(input.getBytesUntilLimit());
            return;
          }
        }
        case TENSOR_RAW_DATA -> {
          if (name.isEmpty()) {
            throw new ModelLoadException(
                "A tensor of shape " + shape + " stores its data before its name");
          }
          if (dataType != DATA_TYPE_FLOAT) {
            throw new ModelLoadException(
                "Tensor " + name + " has ONNX data type " + dataType + ", expected 1 (float)");
          }
          values = readFloats(name, shape);
        }
        default -> skip(tag);
      }
    }
    if (wanted.contains(name)) {
      if (values == null) {
        throw new ModelLoadException("Tensor " + name + " has no raw data inside the ONNX file");
      }
      tensors.put(name, new Tensor(List.copyOf(shape), values));
    }
  }

  private void readDimensions(int tag, List<Long> shape) throws IOException {
    if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
      shape.add(input.readInt64());
      return;
    }
    int outer = input.pushLimit(input.readRawVarint32());
    while (input.getBytesUntilLimit() > 0) {
      shape.add(input.readInt64());
    }
    input.popLimit(outer);
  }

  private float[] readFloats(String name, List<Long> shape) throws IOException {
    int bytes = input.readRawVarint32();
    long elements = shape.stream().reduce(1L, Math::multiplyExact);
    if (elements * Float.BYTES != bytes) {
      throw new ModelLoadException(
          "Tensor " + name + " of shape " + shape + " holds " + bytes + " bytes of raw data");
    }
    float[] values = new float[bytes / Float.BYTES];
    for (int at = 0; at < bytes; at += CHUNK_BYTES) {
      byte[] chunk = input.readRawBytes(Math.min(CHUNK_BYTES, bytes - at));
      ByteBuffer.wrap(chunk)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(values, at / Float.BYTES, chunk.length / Float.BYTES);
    }
    return values;
  }

  private void skip(int tag) throws IOException {
    if (!input.skipField(tag)) {
      throw new ModelLoadException("The ONNX file has a stray end-group tag " + tag);
    }
  }
}
