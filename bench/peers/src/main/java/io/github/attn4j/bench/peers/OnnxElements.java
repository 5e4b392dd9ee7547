package io.github.attn4j.bench.peers;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import io.github.attn4j.core.spec.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory that ONNX Runtime reads or writes where it is, and its elements as floats.
 *
 * @param type F32 or F16
 * @param bytes native order, outside of the Java heap
 */
record OnnxElements(ElementType type, ByteBuffer bytes) {
  /** A cache line, and a vector of AVX-512. */
  private static final int ALIGNMENT_BYTES = 64;

  /** Numbers of TensorProto.DataType in the ONNX specification's onnx.proto. */
  private static final int FLOAT = 1;

  private static final int FLOAT16 = 10;

  /** Zeros. */
  static OnnxElements allocate(ElementType type, int elements) {
    int bytes = Math.multiplyExact(elements, type.bytes());
    ByteBuffer whole = ByteBuffer.allocateDirect(Math.addExact(bytes, 2 * ALIGNMENT_BYTES));
    return new OnnxElements(
        type, whole.alignedSlice(ALIGNMENT_BYTES).slice(0, bytes).order(ByteOrder.nativeOrder()));
  }

  /** What an ONNX file calls a type. */
  static int number(ElementType type) {
    return switch (type) {
      case F32 -> FLOAT;
      case F16 -> FLOAT16;
      case BF16, I8, F8E4M3 ->
          throw new IllegalArgumentException(type.label() + " is computed by no operator here");
    };
  }

  /** A tensor over this memory. */
  OnnxTensor tensor(OrtEnvironment environment, long[] shape) throws OrtException {
    return switch (type) {
      case F32 -> OnnxTensor.createTensor(environment, bytes.asFloatBuffer(), shape);
      case F16 -> OnnxTensor.createTensor(environment, bytes, shape, OnnxJavaType.FLOAT16);
      case BF16, I8, F8E4M3 ->
          throw new IllegalArgumentException(type.label() + " is computed by no operator here");
    };
  }

  /** Takes over values, which are numbers of the type. */
  void put(int at, float[] values, int from, int count) {
    if (type == ElementType.F32) {
      bytes.asFloatBuffer().put(at, values, from, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      bytes.putShort(Short.BYTES * (at + i), (short) type.encode(values[from + i]));
    }
  }

  /** Hands values out. */
  void get(int at, float[] values, int to, int count) {
    if (type == ElementType.F32) {
      bytes.asFloatBuffer().get(at, values, to, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      values[to + i] = type.decode(bytes.getShort(Short.BYTES * (at + i)) & 0xffff);
    }
  }

  /** Every element the same. */
  void fill(float value) {
    int bits = type.encode(value);
    for (int at = 0; at < bytes.capacity(); at += type.bytes()) {
      if (type == ElementType.F32) {
        bytes.putInt(at, bits);
      } else {
        bytes.putShort(at, (short) bits);
      }
    }
  }
}
