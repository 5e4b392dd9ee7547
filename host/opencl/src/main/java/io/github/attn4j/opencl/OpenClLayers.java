package io.github.attn4j.opencl;

import io.github.attn4j.core.layer.Activation;
import io.github.attn4j.core.layer.DeviceIndices;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.layer.EmbeddingTables;
import io.github.attn4j.core.layer.LayerArguments;
import io.github.attn4j.core.layer.Layers;
import io.github.attn4j.core.layer.MatMulWeights;
import io.github.attn4j.core.layer.Norm;
import io.github.attn4j.core.layer.PackedPanels;
import io.github.attn4j.core.layer.Rotation;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_event;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * The layers of a session: operations are enqueued and not waited for, since the queue keeps their
 * order, that of attention among them. Programs are built when first asked for.
 */
final class OpenClLayers implements Layers, AutoCloseable {
  /** Operations whose events may be waiting to be asked. */
  private static final int MOST_PENDING = 256;

  private final OpenClSession session;
  private final Map<OpenClLayer, cl_kernel> kernels = new EnumMap<>(OpenClLayer.class);
  private final List<Pending> pending = new ArrayList<>();
  private boolean closed;

  /** An operation that was enqueued. */
  private record Pending(OpenClLayer layer, cl_event event) {}

  OpenClLayers(OpenClSession session) {
    this.session = session;
  }

  OpenClSession session() {
    return session;
  }

  @Override
  public DeviceTensor allocate(String name, int elements) {
    return inside(() -> session.register(new LayerBuffer.Floats(this, name, elements)));
  }

  @Override
  public DeviceIndices allocateIndices(String name, int elements) {
    return inside(() -> session.register(new LayerBuffer.Indices(this, name, elements)));
  }

  @Override
  public MatMulWeights weights(String name, int inputs, int outputs, float[] matrix, float[] bias) {
    int panel = OpenClLayer.panel(session.device());
    float[] packed = PackedPanels.pack(name, inputs, outputs, matrix, bias, panel);
    return inside(
        () -> session.register(new LayerBuffer.Weights(this, name, inputs, outputs, packed)));
  }

  @Override
  public void matMul(
      DeviceTensor x, int rows, MatMulWeights weights, Activation activation, DeviceTensor y) {
    LayerArguments.checkMatMul(x, rows, weights, y);
    if (!(weights instanceof LayerBuffer.Weights packed)) {
      throw new IllegalArgumentException("the weights belong to another backend");
    }
    int blockRows = OpenClLayer.rows(session.device()) * OpenClLayer.ROW_GROUPS;
    long panels = Math.ceilDiv(weights.outputs(), OpenClLayer.panel(session.device()));
    enqueue(
        OpenClLayer.MATMUL,
        Math.ceilDiv(rows, blockRows) * panels,
        own(x),
        own(packed),
        own(y),
        rows,
        weights.inputs(),
        weights.outputs(),
        activation == Activation.GELU ? 1 : 0);
  }

  @Override
  public void layerNorm(
      DeviceTensor x,
      @Nullable DeviceTensor residual,
      int rows,
      Norm norm,
      @Nullable DeviceTensor sum,
      DeviceTensor y) {
    LayerArguments.checkNorm(x, residual, rows, norm, sum, y);
    enqueue(
        OpenClLayer.LAYER_NORM,
        rows,
        own(x),
        own(residual == null ? x : residual),
        own(norm.gamma()),
        own(norm.beta()),
        own(sum == null ? x : sum),
        own(y),
        rows,
        norm.columns(),
        norm.epsilon(),
        residual == null ? 0 : 1,
        sum == null ? 0 : 1);
  }

  @Override
  public void embed(
      EmbeddingTables tables,
      DeviceIndices words,
      @Nullable DeviceIndices positions,
      @Nullable DeviceIndices types,
      int rows,
      DeviceTensor y) {
    LayerArguments.checkEmbedding(tables, words, positions, types, rows, y);
    DeviceTensor positionTable = tables.positions();
    DeviceTensor typeTable = tables.types();
    enqueue(
        OpenClLayer.EMBEDDING,
        rows,
        own(tables.words()),
        own(words),
        own(positionTable == null ? tables.words() : positionTable),
        own(positions == null ? words : positions),
        own(typeTable == null ? tables.words() : typeTable),
        own(types == null ? words : types),
        own(y),
        rows,
        tables.columns(),
        positionTable == null ? 0 : 1,
        typeTable == null ? 0 : 1);
  }

  @Override
  public void rotate(
      DeviceTensor x, Rotation rotation, int rows, DeviceIndices positions, DeviceTensor table) {
    LayerArguments.checkRotation(x, rotation, rows, positions, table);
    enqueue(
        OpenClLayer.ROTARY,
        (long) rows * rotation.heads(),
        own(x),
        own(table),
        own(positions),
        rotation.at(),
        rows,
        rotation.rowStride(),
        rotation.heads(),
        rotation.dim());
  }

  @Override
  public void unembed(
      DeviceTensor x,
      int rows,
      DeviceTensor words,
      int vocabulary,
      int columns,
      DeviceTensor logits) {
    LayerArguments.checkUnembedding(x, rows, words, vocabulary, columns, logits);
    int block = OpenClLayer.WORD_BLOCK;
    enqueue(
        OpenClLayer.UNEMBEDDING,
        (long) Math.ceilDiv(rows, block) * Math.ceilDiv(vocabulary, block),
        own(x),
        own(words),
        own(logits),
        rows,
        vocabulary,
        columns);
  }

  @Override
  public void finish() {
    within(() -> {
      if (!pending.isEmpty()) {
        waitForPending();
      }
    });
  }

  /** Waits until nothing is under way, whatever became of it. */
  void drain() {
    if (!pending.isEmpty()) {
      try {
        CL.clFinish(session.queue());
      } catch (CLException lost) {
        // Of a device that is lost: what belongs to it is given back all the same, and the next
        // call that needs it says what became of it.
      }
    }
  }

  private void waitForPending() {
    List<Pending> all = List.copyOf(pending);
    pending.clear();
    try {
      CL.clWaitForEvents(all.size(), all.stream().map(Pending::event).toArray(cl_event[]::new));
    } catch (CLException e) {
      throw session.failure("running layers, the last of them %s,".formatted(all.getLast()), e);
    } finally {
      all.forEach(one -> CL.clReleaseEvent(one.event()));
    }
  }

  /** The buffer of something of this session's. */
  private cl_mem own(Object given) {
    if (!(given instanceof LayerBuffer buffer)) {
      throw new IllegalArgumentException("%s belongs to another backend".formatted(given));
    }
    if (buffer.session() != session) {
      throw new IllegalArgumentException(
          "'%s' belongs to another session".formatted(buffer.name()));
    }
    return buffer.memory();
  }

  private void enqueue(OpenClLayer layer, long items, Object... arguments) {
    if (items == 0) {
      return;
    }
    within(() -> {
      cl_kernel known = kernels.get(layer);
      if (known == null) {
        first(layer, items, arguments);
      } else {
        launch(layer, known, items, arguments);
      }
    });
  }

  /** PoCL compiles at a kernel's first launch, which so is waited for. */
  private void first(OpenClLayer layer, long items, Object[] arguments) {
    Programs.Built program = session.programs().get(layer.file(), layer.options(session.device()));
    cl_kernel kernel;
    try {
      kernel = CL.clCreateKernel(program.program(), layer.id(), null);
    } catch (CLException e) {
      throw session.failure("creating the kernel of " + layer.file(), e);
    }
    boolean compiled = false;
    Compiling.begin();
    try {
      launch(layer, kernel, items, arguments);
      waitForPending();
      kernels.put(layer, kernel);
      compiled = true;
    } finally {
      Compiling.end();
      if (!compiled) {
        CL.clReleaseKernel(kernel);
      }
    }
  }

  private void launch(OpenClLayer layer, cl_kernel kernel, long items, Object[] arguments) {
    long local = OpenClLayer.groupItems(session.device());
    cl_event event = new cl_event();
    try {
      for (int i = 0; i < arguments.length; i++) {
        switch (arguments[i]) {
          case cl_mem buffer -> CL.clSetKernelArg(kernel, i, Sizeof.cl_mem, Pointer.to(buffer));
          case Integer number ->
              CL.clSetKernelArg(kernel, i, Sizeof.cl_int, Pointer.to(new int[] {number}));
          case Float number ->
              CL.clSetKernelArg(kernel, i, Sizeof.cl_float, Pointer.to(new float[] {number}));
          default -> throw new IllegalStateException("no kernel takes " + arguments[i]);
        }
      }
      CL.clEnqueueNDRangeKernel(
          session.queue(),
          kernel,
          1,
          null,
          new long[] {Math.ceilDiv(items, local) * local},
          new long[] {local},
          0,
          null,
          event);
    } catch (CLException e) {
      throw session.failure("launching %s over %,d items".formatted(layer.file(), items), e);
    }
    pending.add(new Pending(layer, event));
    if (pending.size() >= MOST_PENDING) {
      waitForPending();
    }
  }

  private void within(Runnable call) {
    boolean entered = session.use().enter();
    try {
      requireOpen();
      call.run();
    } finally {
      session.use().leave(entered);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(
          "the session on " + session.device().name() + " is closed: its layers are, too");
    }
  }

  private <T> T inside(Supplier<T> call) {
    boolean entered = session.use().enter();
    try {
      requireOpen();
      return call.get();
    } finally {
      session.use().leave(entered);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      drain();
      pending.forEach(one -> CL.clReleaseEvent(one.event()));
      pending.clear();
      kernels.values().forEach(CL::clReleaseKernel);
      session.forget(this);
    }
  }
}
