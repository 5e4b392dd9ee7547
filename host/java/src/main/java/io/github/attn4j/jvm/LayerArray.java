package io.github.attn4j.jvm;

import io.github.attn4j.core.layer.DeviceIndices;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.layer.MatMulWeights;
import java.util.Arrays;
import java.util.Objects;

/** What layers keep on the heap: arrays that belong to their session. */
abstract sealed class LayerArray implements AutoCloseable {
  private final JavaSession session;
  private final String name;
  private boolean closed;

  LayerArray(JavaSession session, String name) {
    this.session = session;
    this.name = name;
  }

  final JavaSession session() {
    return session;
  }

  public final String name() {
    return name;
  }

  final void requireOpen() {
    if (closed) {
      throw new IllegalStateException("'%s' is closed".formatted(name));
    }
  }

  /** Runs as the session's one thread. */
  final void inside(Runnable call) {
    boolean entered = session.use().enter();
    try {
      requireOpen();
      call.run();
    } finally {
      session.use().leave(entered);
    }
  }

  @Override
  public final void close() {
    boolean entered = session.use().enter();
    try {
      closed = true;
      session.forget(this);
    } finally {
      session.use().leave(entered);
    }
  }

  /** Floats. */
  static final class Floats extends LayerArray implements DeviceTensor {
    private final float[] values;

    Floats(JavaSession session, String name, int elements) {
      super(session, name);
      HeapMemory.require(name, 4L * elements);
      values = new float[elements];
      Arrays.fill(values, Float.NaN);
    }

    /** The array, which must not be closed. */
    float[] values() {
      requireOpen();
      return values;
    }

    @Override
    public int elements() {
      return values.length;
    }

    @Override
    public void write(int at, float[] source) {
      Objects.checkFromIndexSize(at, source.length, values.length);
      inside(() -> System.arraycopy(source, 0, values, at, source.length));
    }

    @Override
    public void read(int at, float[] target) {
      Objects.checkFromIndexSize(at, target.length, values.length);
      inside(() -> System.arraycopy(values, at, target, 0, target.length));
    }
  }

  /** Numbers of rows. */
  static final class Indices extends LayerArray implements DeviceIndices {
    private final int[] values;
    private int written;
    private int largest = -1;

    Indices(JavaSession session, String name, int elements) {
      super(session, name);
      HeapMemory.require(name, 4L * elements);
      values = new int[elements];
    }

    int[] values() {
      requireOpen();
      return values;
    }

    @Override
    public int elements() {
      return values.length;
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
    public void write(int[] source) {
      int smallest = Arrays.stream(source).min().orElse(0);
      if (source.length > values.length || smallest < 0) {
        throw new IllegalArgumentException(
            "'%s' has room for %,d row numbers from 0 on, and is given %,d of which the smallest is %d"
                .formatted(name(), values.length, source.length, smallest));
      }
      inside(() -> System.arraycopy(source, 0, values, 0, source.length));
      written = source.length;
      largest = Arrays.stream(source).max().orElse(-1);
    }
  }

  /** A packed matrix with its bias. */
  static final class Weights extends LayerArray implements MatMulWeights {
    private final int inputs;
    private final int outputs;
    private final float[] packed;

    Weights(JavaSession session, String name, int inputs, int outputs, float[] packed) {
      super(session, name);
      this.inputs = inputs;
      this.outputs = outputs;
      this.packed = packed;
    }

    float[] packed() {
      requireOpen();
      return packed;
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
