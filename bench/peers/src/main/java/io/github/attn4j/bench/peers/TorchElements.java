package io.github.attn4j.bench.peers;

import io.github.attn4j.core.spec.ElementType;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.ShortPointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.LayoutOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A contiguous tensor of libtorch's in the host's memory, aligned as libtorch likes it, and its
 * elements as floats. Bits are made here and not by libtorch: what it is given is what our device
 * is given.
 *
 * @param type of the elements
 * @param tensor of that type
 */
record TorchElements(ElementType type, Tensor tensor) implements AutoCloseable {
  /** Elements that were never written. */
  static TorchElements allocate(ElementType type, long... shape) {
    try (ScalarTypeOptional scalar = new ScalarTypeOptional(scalarType(type));
        LayoutOptional layout = new LayoutOptional();
        DeviceOptional device = new DeviceOptional();
        BoolOptional pinned = new BoolOptional();
        MemoryFormatOptional format = new MemoryFormatOptional()) {
      return new TorchElements(type, torch.empty(shape, scalar, layout, device, pinned, format));
    }
  }

  /** Elements with these values. */
  static TorchElements of(ElementType type, float[] values, long... shape) {
    TorchElements elements = allocate(type, shape);
    elements.write(values, 0, values.length);
    return elements;
  }

  /** What libtorch calls a type. */
  static torch.ScalarType scalarType(ElementType type) {
    return switch (type) {
      case F32 -> torch.ScalarType.Float;
      case F16 -> torch.ScalarType.Half;
      case BF16 -> torch.ScalarType.BFloat16;
      case I8, F8E4M3 ->
          throw new IllegalArgumentException(type.label() + " has scales, which no tensor holds");
    };
  }

  /** Takes over values, which are numbers of the type, at the same places. */
  void write(float[] values, int fromElement, int count) {
    if (type == ElementType.F32) {
      try (FloatPointer data = tensor.data_ptr_float()) {
        data.position(fromElement).put(values, fromElement, count);
      }
      return;
    }
    short[] bits = new short[count];
    for (int i = 0; i < count; i++) {
      bits[i] = (short) type.encode(values[fromElement + i]);
    }
    try (ShortPointer data = new ShortPointer(tensor.data_ptr())) {
      data.position(fromElement).put(bits, 0, count);
    }
  }

  /** The first elements. */
  float[] read(int count) {
    float[] values = new float[count];
    if (type == ElementType.F32) {
      try (FloatPointer data = tensor.data_ptr_float()) {
        data.get(values, 0, count);
      }
      return values;
    }
    short[] bits = new short[count];
    try (ShortPointer data = new ShortPointer(tensor.data_ptr())) {
      data.get(bits, 0, count);
    }
    for (int i = 0; i < count; i++) {
      values[i] = type.decode(bits[i] & 0xffff);
    }
    return values;
  }

  @Override
  public void close() {
    tensor.close();
  }
}
