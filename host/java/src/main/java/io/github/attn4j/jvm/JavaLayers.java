package io.github.attn4j.jvm;

import io.github.attn4j.core.kernel.BackendException;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The layers of a session on the JVM's own threads, which draw blocks of rows from a counter: each
 * operation is done when its call returns.
 */
final class JavaLayers implements Layers {
  /** Rows of a block of a product: a panel of weights serves them from the core's own cache. */
  private static final int BLOCK_ROWS = 8 * PanelProduct.ROWS;

  private final JavaSession session;
  private final WorkerTeam team;
  private final AtomicInteger next = new AtomicInteger();
  private final float[][] blocks;

  /** What is done with a piece of the work. */
  private interface Piece {
    /**
     * Does it.
     *
     * @param member of the team that does it, for scratch of its own
     */
    void run(int piece, int member);
  }

  JavaLayers(JavaSession session, WorkerTeam team) {
    this.session = session;
    this.team = team;
    blocks = new float[team.size()][PanelProduct.ROWS * PanelProduct.WIDTH];
  }

  @Override
  public DeviceTensor allocate(String name, int elements) {
    return inside(() -> session.register(new LayerArray.Floats(session, name, elements)));
  }

  @Override
  public DeviceIndices allocateIndices(String name, int elements) {
    return inside(() -> session.register(new LayerArray.Indices(session, name, elements)));
  }

  @Override
  public MatMulWeights weights(String name, int inputs, int outputs, float[] matrix, float[] bias) {
    HeapMemory.require(name, 4L * (inputs + 1) * (outputs + PanelProduct.WIDTH));
    float[] packed = PackedPanels.pack(name, inputs, outputs, matrix, bias, PanelProduct.WIDTH);
    return inside(
        () -> session.register(new LayerArray.Weights(session, name, inputs, outputs, packed)));
  }

  @Override
  public void matMul(
      DeviceTensor x, int rows, MatMulWeights weights, Activation activation, DeviceTensor y) {
    LayerArguments.checkMatMul(x, rows, weights, y);
    if (!(weights instanceof LayerArray.Weights own) || own.session() != session) {
      throw new IllegalArgumentException("the weights belong to another session");
    }
    float[] from = values(x);
    float[] into = values(y);
    float[] packed = own.packed();
    int panels = Math.ceilDiv(own.outputs(), PanelProduct.WIDTH);
    boolean gelu = activation == Activation.GELU;
    share(
        JavaLayer.MATMUL,
        Math.ceilDiv(rows, BLOCK_ROWS) * panels,
        (piece, member) -> {
          int first = piece / panels * BLOCK_ROWS;
          int end = Math.min(first + BLOCK_ROWS, rows);
          for (int row = first; row < end; row += PanelProduct.ROWS) {
            product(from, rows, row, end, own, packed, piece % panels, gelu, blocks[member], into);
          }
        });
  }

  /** Rows {@code row} to {@code end}, at most a block of them, of a panel. */
  private static void product(
      float[] x,
      int rows,
      int row,
      int end,
      MatMulWeights weights,
      float[] packed,
      int panel,
      boolean gelu,
      float[] block,
      float[] y) {
    int inputs = weights.inputs();
    int last = rows - 1;
    PanelProduct.block(
        x,
        row * inputs,
        Math.min(row + 1, last) * inputs,
        Math.min(row + 2, last) * inputs,
        Math.min(row + 3, last) * inputs,
        Math.min(row + 4, last) * inputs,
        Math.min(row + 5, last) * inputs,
        Math.min(row + 6, last) * inputs,
        Math.min(row + 7, last) * inputs,
        inputs,
        packed,
        panel * PanelProduct.WIDTH * (inputs + 1),
        block);
    if (gelu) {
      Gelu.inPlace(block, block.length);
    }
    int outputs = weights.outputs();
    int column = panel * PanelProduct.WIDTH;
    int columns = Math.min(PanelProduct.WIDTH, outputs - column);
    for (int r = row; r < Math.min(row + PanelProduct.ROWS, end); r++) {
      System.arraycopy(block, (r - row) * PanelProduct.WIDTH, y, r * outputs + column, columns);
    }
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
    float[] from = values(x);
    float[] added = residual == null ? null : values(residual);
    float[] gamma = values(norm.gamma());
    float[] beta = values(norm.beta());
    float[] kept = sum == null ? null : values(sum);
    float[] into = values(y);
    shareRows(
        JavaLayer.LAYER_NORM,
        rows,
        row ->
            RowLayers.norm(
                from,
                added,
                gamma,
                beta,
                kept,
                into,
                row * norm.columns(),
                norm.columns(),
                norm.epsilon()));
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
    int columns = tables.columns();
    float[] wordTable = values(tables.words());
    float[] positionTable = tables.positions() == null ? null : values(tables.positions());
    float[] typeTable = tables.types() == null ? null : values(tables.types());
    int[] wordOf = indices(words);
    int[] positionOf = positions == null ? wordOf : indices(positions);
    int[] typeOf = types == null ? wordOf : indices(types);
    float[] into = values(y);
    shareRows(
        JavaLayer.EMBEDDING,
        rows,
        row -> {
          System.arraycopy(wordTable, wordOf[row] * columns, into, row * columns, columns);
          if (typeTable != null) {
            RowLayers.add(into, row * columns, typeTable, typeOf[row] * columns, columns);
          }
          if (positionTable != null) {
            RowLayers.add(into, row * columns, positionTable, positionOf[row] * columns, columns);
          }
        });
  }

  @Override
  public void rotate(
      DeviceTensor x, Rotation rotation, int rows, DeviceIndices positions, DeviceTensor table) {
    LayerArguments.checkRotation(x, rotation, rows, positions, table);
    float[] turned = values(x);
    float[] angles = values(table);
    int[] positionOf = indices(positions);
    int dim = rotation.dim();
    shareRows(
        JavaLayer.ROTARY,
        rows,
        row -> {
          for (int head = 0; head < rotation.heads(); head++) {
            int at = rotation.at() + row * rotation.rowStride() + head * dim;
            RowLayers.turn(turned, at, dim, angles, positionOf[row] * dim);
          }
        });
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
    float[] from = values(x);
    float[] table = values(words);
    float[] into = values(logits);
    shareRows(
        JavaLayer.UNEMBEDDING,
        vocabulary,
        word -> {
          for (int row = 0; row < rows; row++) {
            into[row * vocabulary + word] =
                RowLayers.dot(from, row * columns, table, word * columns, columns);
          }
        });
  }

  /** Nothing is ever under way. */
  @Override
  public void finish() {}

  /** What is done with a row. */
  private interface Row {
    void run(int row);
  }

  /** Rows in blocks of as many as a matrix product takes together. */
  private void shareRows(JavaLayer layer, int rows, Row work) {
    share(
        layer,
        Math.ceilDiv(rows, BLOCK_ROWS),
        (piece, member) -> {
          int end = Math.min((piece + 1) * BLOCK_ROWS, rows);
          for (int row = piece * BLOCK_ROWS; row < end; row++) {
            work.run(row);
          }
        });
  }

  private void share(JavaLayer layer, int pieces, Piece work) {
    boolean entered = session.use().enter();
    try {
      session.requireOpen();
      next.set(0);
      team.run(member -> {
        for (int piece = next.getAndIncrement(); piece < pieces; piece = next.getAndIncrement()) {
          work.run(piece, member);
        }
      });
    } catch (IllegalStateException e) {
      throw e; // closed, or another thread is inside
    } catch (RuntimeException e) {
      BackendException failure =
          new BackendException.LaunchFailed(
              "layer %s on %s: %s".formatted(layer.id(), session.device().name(), e));
      failure.initCause(e);
      throw failure;
    } finally {
      session.use().leave(entered);
    }
  }

  private float[] values(DeviceTensor tensor) {
    if (!(tensor instanceof LayerArray.Floats own) || own.session() != session) {
      throw new IllegalArgumentException(
          "'%s' belongs to another session".formatted(tensor.name()));
    }
    return own.values();
  }

  private int[] indices(DeviceIndices given) {
    if (!(given instanceof LayerArray.Indices own) || own.session() != session) {
      throw new IllegalArgumentException("the indices belong to another session");
    }
    return own.values();
  }

  private <T> T inside(Supplier<T> call) {
    boolean entered = session.use().enter();
    try {
      session.requireOpen();
      return call.get();
    } finally {
      session.use().leave(entered);
    }
  }
}
