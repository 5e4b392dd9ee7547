package io.github.attn4j.model.onnx;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Element types of tensors, as TensorProto.DataType numbers them, whose elements are read here. */
public enum OnnxType {
  /** IEEE 754 binary32. */
  FLOAT(1, 4),
  /** An unsigned byte. */
  UINT8(2, 1),
  /** A byte. */
  INT8(3, 1),
  /** Unsigned, 16 bits. */
  UINT16(4, 2),
  /** 16 bits. */
  INT16(5, 2),
  /** 32 bits. */
  INT32(6, 4),
  /** 64 bits. */
  INT64(7, 8),
  /** A byte, 0 or 1. */
  BOOL(9, 1),
  /** IEEE 754 binary16. */
  FLOAT16(10, 2),
  /** IEEE 754 binary64. */
  DOUBLE(11, 8),
  /** Unsigned, 32 bits. */
  UINT32(12, 4),
  /** Unsigned, 64 bits. */
  UINT64(13, 8),
  /** The upper half of a binary32. */
  BFLOAT16(16, 2);

  private final int code;
  private final int bytes;

  OnnxType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** Its number in the schema. */
  public int code() {
    return code;
  }

  /** Size of an element. */
  public int bytes() {
    return bytes;
  }

  /** As the specification writes it: {@code tensor(float16)}. */
  public String label() {
    return "tensor(" + name().toLowerCase(Locale.ROOT) + ")";
  }

  /** The type of a number; empty where its elements are not read here. */
  public static Optional<OnnxType> of(int code) {
    return Arrays.stream(values()).filter(type -> type.code == code).findFirst();
  }

  /** {@link #label}, or the number of a type that is not read here. */
  public static String label(int code) {
    return of(code).map(OnnxType::label).orElse("tensor of ONNX data type " + code);
  }
}
