package io.github.attn4j.bench.peers;

import com.google.protobuf.CodedOutputStream;
import io.github.attn4j.core.spec.ElementType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * An ONNX file of one node with inputs q, k, v and output o, all of them tensors of one type and a
 * known shape. Field numbers are those of the ONNX specification's onnx.proto.
 *
 * @param domain of the operator; empty for the standard's own
 * @param operator its name
 * @param standardVersion of the standard's operators (opset)
 * @param integers attributes
 * @param floats attributes
 * @param type of the elements
 * @param q shape
 * @param k shape
 * @param v shape
 * @param o shape
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record OnnxModel(
    String domain,
    String operator,
    int standardVersion,
    Map<String, Long> integers,
    Map<String, Float> floats,
    ElementType type,
    long[] q,
    long[] k,
    long[] v,
    long[] o) {
  /** ONNX Runtime's own operators. */
  static final String MICROSOFT = "com.microsoft";

  /** What ONNX 1.16 and later write. */
  private static final int IR_VERSION = 10;

  private static final int MODEL_IR_VERSION = 1;
  private static final int MODEL_GRAPH = 7;
  private static final int MODEL_OPSET_IMPORT = 8;
  private static final int OPSET_DOMAIN = 1;
  private static final int OPSET_VERSION = 2;
  private static final int GRAPH_NODE = 1;
  private static final int GRAPH_NAME = 2;
  private static final int GRAPH_INPUT = 11;
  private static final int GRAPH_OUTPUT = 12;
  private static final int NODE_INPUT = 1;
  private static final int NODE_OUTPUT = 2;
  private static final int NODE_OPERATOR = 4;
  private static final int NODE_ATTRIBUTE = 5;
  private static final int NODE_DOMAIN = 7;
  private static final int ATTRIBUTE_NAME = 1;
  private static final int ATTRIBUTE_FLOAT = 2;
  private static final int ATTRIBUTE_INTEGER = 3;
  private static final int ATTRIBUTE_TYPE = 20;
  private static final int TYPE_FLOAT = 1;
  private static final int TYPE_INTEGER = 2;
  private static final int VALUE_NAME = 1;
  private static final int VALUE_TYPE = 2;
  private static final int TYPE_TENSOR = 1;
  private static final int TENSOR_ELEMENT = 1;
  private static final int TENSOR_SHAPE = 2;
  private static final int SHAPE_DIMENSION = 1;
  private static final int DIMENSION_VALUE = 1;

  /** A message's fields. */
  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  private static byte[] message(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      fields.write(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  /** The file. */
  byte[] bytes() {
    return message(out -> {
      out.writeInt64(MODEL_IR_VERSION, IR_VERSION);
      out.writeByteArray(MODEL_GRAPH, graph());
      out.writeByteArray(MODEL_OPSET_IMPORT, opset("", standardVersion));
      if (!domain.isEmpty()) {
        out.writeByteArray(MODEL_OPSET_IMPORT, opset(domain, 1));
      }
    });
  }

  private static byte[] opset(String domain, int version) {
    return message(out -> {
      out.writeString(OPSET_DOMAIN, domain);
      out.writeInt64(OPSET_VERSION, version);
    });
  }

  private byte[] graph() {
    return message(out -> {
      out.writeByteArray(GRAPH_NODE, node());
      out.writeString(GRAPH_NAME, operator);
      out.writeByteArray(GRAPH_INPUT, value("q", q));
      out.writeByteArray(GRAPH_INPUT, value("k", k));
      out.writeByteArray(GRAPH_INPUT, value("v", v));
      out.writeByteArray(GRAPH_OUTPUT, value("o", o));
    });
  }

  private byte[] node() {
    return message(out -> {
      out.writeString(NODE_INPUT, "q");
      out.writeString(NODE_INPUT, "k");
      out.writeString(NODE_INPUT, "v");
      out.writeString(NODE_OUTPUT, "o");
      out.writeString(NODE_OPERATOR, operator);
      for (Map.Entry<String, Long> attribute : integers.entrySet()) {
        out.writeByteArray(
            NODE_ATTRIBUTE,
            message(to -> {
              to.writeString(ATTRIBUTE_NAME, attribute.getKey());
              to.writeInt64(ATTRIBUTE_INTEGER, attribute.getValue());
              to.writeInt32(ATTRIBUTE_TYPE, TYPE_INTEGER);
            }));
      }
      for (Map.Entry<String, Float> attribute : floats.entrySet()) {
        out.writeByteArray(
            NODE_ATTRIBUTE,
            message(to -> {
              to.writeString(ATTRIBUTE_NAME, attribute.getKey());
              to.writeFloat(ATTRIBUTE_FLOAT, attribute.getValue());
              to.writeInt32(ATTRIBUTE_TYPE, TYPE_FLOAT);
            }));
      }
      out.writeString(NODE_DOMAIN, domain);
    });
  }

  private byte[] value(String name, long[] shape) {
    byte[] dimensions =
        message(out -> {
          for (long size : shape) {
            out.writeByteArray(
                SHAPE_DIMENSION, message(to -> to.writeInt64(DIMENSION_VALUE, size)));
          }
        });
    byte[] tensor =
        message(out -> {
          out.writeInt32(TENSOR_ELEMENT, OnnxElements.number(type));
          out.writeByteArray(TENSOR_SHAPE, dimensions);
        });
    return message(out -> {
      out.writeString(VALUE_NAME, name);
      out.writeByteArray(VALUE_TYPE, message(to -> to.writeByteArray(TYPE_TENSOR, tensor)));
    });
  }
}
