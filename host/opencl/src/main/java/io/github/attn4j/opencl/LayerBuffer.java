package io.github.attn4j.opencl;

import io.github.attn4j.core.layer.DeviceIndices;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.layer.MatMulWeights;
import io.github.attn4j.core.spec.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.jocl.CLException;
import org.jocl.cl_mem;

/** What layers keep on the device: a buffer that belongs to its session. */
abstract sealed class LayerBuffer implements AutoCloseable {
  private final OpenClLayers layers;
  private final String name;
  private final long bytes;
  private final cl_mem memory;
  private boolean closed;

  LayerBuffer(OpenClLayers layers, String name, long bytes) {
    this.layers = layers;
    this.name = name;
    this.bytes = bytes;
    session().requireMemory(name, bytes, bytes);
    memory = session().allocate(name, bytes);
  }

  final OpenClSession session() {
    return layers.session();
  }

  public final String name() {
    return name;
  }

  /** The buffer, which must not be closed. */
  final cl_mem memory() {
    if (closed) {
      throw new IllegalStateException("'%s' is closed".formatted(name));
    }
    return memory;
  }

  /** Whatever it does with the queue, as the session's one thread. */
  final void transfer(String what, Runnable move) {
    boolean entered = session().use().enter();
    try {
      memory(); // throws where it is closed
      layers.finish(); // an operation that failed is told before what it left is read
      move.run();
    } catch (CLException e) {
      throw session().failure("%s '%s'".formatted(what, name), e);
    } finally {
      session().use().leave(entered);
    }
  }

  /**
   * The first transfer, after which the buffer is what its user gets; it is freed where that fails.
   */
  final void begin(String what, Runnable move) {
    boolean complete = false;
    try {
      transfer(what, move);
      complete = true;
    } finally {
      if (!complete) {
        close(); // nobody else can: the session does not know it yet
      }
    }
  }

  @Override
  public final void close() {
    boolean entered = session().use().enter();
    try {
      if (!closed) {
        layers.drain(); // what still reads or writes it
        closed = true;
        session().forget(this);
        session().free(memory, bytes);
      }
    } finally {
      session().use().leave(entered);
    }
  }

  /** Floats. */
  static final class Floats extends LayerBuffer implements DeviceTensor {
    private final int elements;

    Floats(OpenClLayers layers, String name, int elements) {
      super(layers, name, 4L * elements);
      this.elements = elements;
      begin(
          "filling",
          () -> session().transfer().fill(memory(), ElementType.F32, elements, Float.NaN));
    }

    @Override
    public int elements() {
      return elements;
    }

    @Override
    public void write(int at, float[] source) {
      Objects.checkFromIndexSize(at, source.length, elements);
      transfer("writing", () -> session().transfer().uploadAt(memory(), at, source));
    }

    @Override
    public void read(int at, float[] target) {
      Objects.checkFromIndexSize(at, target.length, elements);
      transfer("reading", () -> session().transfer().downloadAt(memory(), at, target));
    }
  }

  /** Numbers of rows. */
  static final class Indices extends LayerBuffer implements DeviceIndices {
    private final int elements;
    private int written;
    private int largest = -1;

    Indices(OpenClLayers layers, String name, int elements) {
      super(layers, name, 4L * elements);
      this.elements = elements;
    }

    @Override
    public int elements() {
      return elements;
    }

    @Override
    public int written() {
      return written;
    }

    @Override
    public int largest() {
      return largest;
    }

    @Override
    public void write(int[] values) {
      int smallest = Arrays.stream(values).min().orElse(0);
      if (values.length > elements || smallest < 0) {
        throw new IllegalArgumentException(
            "'%s' has room for %,d row numbers from 0 on, and is given %,d of which the smallest is %d"
                .formatted(name(), elements, values.length, smallest));
      }
      ByteBuffer bytes =
          ByteBuffer.allocate(Math.multiplyExact(4, values.length)).order(ByteOrder.nativeOrder());
      bytes.asIntBuffer().put(values);
      transfer("writing", () -> session().transfer().upload(memory(), bytes.array()));
      written = values.length;
      largest = Arrays.stream(values).max().orElse(-1);
    }
  }

  /** A packed matrix with its bias. */
  static final class Weights extends LayerBuffer implements MatMulWeights {
    private final int inputs;
    private final int outputs;

    Weights(OpenClLayers layers, String name, int inputs, int outputs, float[] packed) {
      super(layers, name, 4L * packed.length);
      this.inputs = inputs;
      this.outputs = outputs;
      begin("writing", () -> session().transfer().upload(memory(), ElementType.F32, packed));
    }

    @Override
    public int inputs() {
      return inputs;
    }

    @Override
    public int outputs() {
      return outputs;
    }
  }
}
