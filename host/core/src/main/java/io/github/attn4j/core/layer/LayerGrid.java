package io.github.attn4j.core.layer;

import io.github.attn4j.core.input.SplitMix64;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A small grid of shapes over every operation of {@link Layers}: single rows, tails of every tile,
 * the sizes of a real model, sums of one sign, and a row that is not finite, which may touch no
 * other.
 */
public final class LayerGrid {
  private static final long SEED = 11;

  private final List<LayerCase> cases = new ArrayList<>();
  private final int guard;

  private LayerGrid(int guard) {
    this.guard = guard;
  }

  /** All of it. */
  public static List<LayerCase> cases() {
    return cases(LayerCase.GUARD);
  }

  /**
   * Those of one operation with nothing behind the last row of a result: for a device that reports
   * by itself what is written there.
   */
  public static List<LayerCase> unguarded(String operation) {
    return of(operation, cases(0));
  }

  private static List<LayerCase> cases(int guard) {
    LayerGrid grid = new LayerGrid(guard);
    grid.addMatMuls();
    grid.addNorms();
    grid.addEmbeddings();
    grid.addRotations();
    grid.addUnembeddings();
    return List.copyOf(grid.cases);
  }

  /** Those of one operation. */
  public static List<LayerCase> cases(String operation) {
    return of(operation, cases());
  }

  private static List<LayerCase> of(String operation, List<LayerCase> all) {
    return all.stream().filter(one -> one.operation().equals(operation)).toList();
  }

  private void addMatMuls() {
    matMul(1, 1, 1, Activation.NONE, 0);
    matMul(1, 384, 384, Activation.NONE, 0);
    matMul(3, 7, 5, Activation.NONE, 0);
    matMul(8, 64, 48, Activation.GELU, 0);
    matMul(67, 33, 100, Activation.NONE, 0);
    matMul(67, 33, 100, Activation.GELU, 0);
    matMul(70, 129, 49, Activation.NONE, 4);
    matMul(9, 1536, 95, Activation.NONE, 0);
    matMul(130, 48, 97, Activation.GELU, 0);
    float[] x = normal(1, 19 * 33, 0);
    x[5 * 33 + 32] = Float.NaN;
    x[18 * 33] = Float.POSITIVE_INFINITY;
    matMul("19 x 33 x 50, rows 5 and 18 not finite", x, 19, 33, 50, Activation.NONE);
  }

  private void matMul(int rows, int inputs, int outputs, Activation activation, int shift) {
    String label =
        "%d x %d x %d%s%s"
            .formatted(
                rows,
                inputs,
                outputs,
                activation == Activation.NONE ? "" : " " + activation,
                shift == 0 ? "" : ", around %d".formatted(shift));
    matMul(label, normal(1, rows * inputs, shift), rows, inputs, outputs, activation);
  }

  private void matMul(
      String label, float[] x, int rows, int inputs, int outputs, Activation activation) {
    // Results of the size of what GELU bends.
    float[] matrix = scaled(normal(2, inputs * outputs, 0), (float) (1.5 / Math.sqrt(inputs)));
    float[] bias = normal(3, outputs, 0);
    cases.add(
        new LayerCase(
            "matmul",
            label,
            layers -> {
              try (DeviceTensor input = layers.upload("x", x);
                  MatMulWeights weights = layers.weights("W", inputs, outputs, matrix, bias);
                  DeviceTensor output = guarded(layers, rows * outputs)) {
                layers.matMul(input, rows, weights, activation, output);
                return output.read(output.elements());
              }
            },
            () ->
                ReferenceLayers.matMul(
                    x,
                    rows,
                    inputs,
                    outputs,
                    matrix,
                    (k, c) -> k * outputs + c,
                    bias,
                    activation)));
  }

  private void addNorms() {
    norm(1, 1, true, 0);
    norm(3, 15, false, 0);
    norm(5, 16, true, 0);
    norm(9, 77, true, 100); // a mean far from 0, whose squares would swallow the variance
    norm(130, 384, true, 0);
    norm(33, 384, false, 0);
    float[] x = normal(4, 6 * 50, 0);
    x[2 * 50 + 49] = Float.NaN;
    norm("6 x 50, row 2 not finite", x, null, 50);
    norm("4 x 40, all elements equal", new float[160], null, 40);
  }

  private void norm(int rows, int columns, boolean residual, int shift) {
    float[] added = residual ? normal(5, rows * columns, shift) : null;
    String label = "%d x %d%s".formatted(rows, columns, residual ? " and a residual" : "");
    norm(label, normal(4, rows * columns, shift), added, columns);
  }

  private void norm(String label, float[] x, float @Nullable [] added, int columns) {
    int rows = x.length / columns;
    float[] gamma = normal(6, columns, 1);
    float[] beta = normal(7, columns, 0);
    float epsilon = 1e-5f;
    cases.add(
        new LayerCase(
            "layer_norm",
            label,
            layers -> {
              try (DeviceTensor input = layers.upload("x", x);
                  DeviceTensor residual = layers.upload("residual", added == null ? x : added);
                  DeviceTensor gammas = layers.upload("gamma", gamma);
                  DeviceTensor betas = layers.upload("beta", beta);
                  DeviceTensor output = guarded(layers, x.length)) {
                Norm norm = new Norm(columns, gammas, betas, epsilon);
                layers.layerNorm(input, added == null ? null : residual, rows, norm, null, output);
                return output.read(output.elements());
              }
            },
            () -> ReferenceLayers.layerNorm(x, added, rows, gamma, beta, epsilon)));
    if (added != null) {
      sum(label, x, added, columns, gamma, beta);
    }
  }

  /** What is kept of x + residual is that sum, rounded once. */
  private void sum(
      String label, float[] x, float[] added, int columns, float[] gamma, float[] beta) {
    cases.add(
        new LayerCase(
            "layer_norm",
            label + ", its sum, over the residual",
            layers -> {
              try (DeviceTensor input = layers.upload("x", x);
                  DeviceTensor residual = layers.upload("residual", added);
                  DeviceTensor gammas = layers.upload("gamma", gamma);
                  DeviceTensor betas = layers.upload("beta", beta)) {
                Norm norm = new Norm(columns, gammas, betas, 1e-5f);
                layers.layerNorm(input, residual, x.length / columns, norm, residual, input);
                return residual.read(residual.elements());
              }
            },
            () -> {
              double[] sums = new double[x.length];
              for (int i = 0; i < sums.length; i++) {
                sums[i] = x[i] + added[i];
              }
              return new LayerExpectation(columns, sums, new double[sums.length]);
            }));
  }

  private void addEmbeddings() {
    embedding(1, 1, 3, true, true);
    embedding(7, 15, 11, true, false);
    embedding(5, 17, 4, false, false);
    embedding(70, 384, 40, true, true);
  }

  private void embedding(int rows, int columns, int vocabulary, boolean placed, boolean typed) {
    float[] words = normal(8, vocabulary * columns, 0);
    float[] positions = PositionTables.sinusoidal(rows + 2, columns);
    float[] types = normal(9, 2 * columns, 0);
    SplitMix64 random = new SplitMix64(SEED, 10);
    int[] word = new int[rows];
    int[] position = new int[rows];
    int[] type = new int[rows];
    for (int row = 0; row < rows; row++) {
      word[row] = row == 0 ? vocabulary - 1 : random.below(row, vocabulary);
      position[row] = rows + 1 - row;
      type[row] = row % 2;
    }
    List<float[]> tables = new ArrayList<>(List.of(words));
    List<int[]> indices = new ArrayList<>(List.of(word));
    if (typed) {
      tables.add(types);
      indices.add(type);
    }
    if (placed) {
      tables.add(positions);
      indices.add(position);
    }
    cases.add(
        new LayerCase(
            "embedding",
            "%d x %d of %d words%s%s"
                .formatted(
                    rows, columns, vocabulary, placed ? ", positions" : "", typed ? ", types" : ""),
            layers -> {
              try (DeviceTensor wordTable = layers.upload("words", words);
                  DeviceTensor positionTable = layers.upload("positions", positions);
                  DeviceTensor typeTable = layers.upload("types", types);
                  DeviceIndices wordIndices = indices(layers, word);
                  DeviceIndices positionIndices = indices(layers, position);
                  DeviceIndices typeIndices = indices(layers, type);
                  DeviceTensor output = guarded(layers, rows * columns)) {
                layers.embed(
                    new EmbeddingTables(
                        columns,
                        wordTable,
                        placed ? positionTable : null,
                        typed ? typeTable : null),
                    wordIndices,
                    placed ? positionIndices : null,
                    typed ? typeIndices : null,
                    rows,
                    output);
                return output.read(output.elements());
              }
            },
            () ->
                ReferenceLayers.embed(
                    columns, rows, tables.toArray(float[][]::new), indices.toArray(int[][]::new))));
  }

  private void addRotations() {
    rotation(1, new Rotation(0, 2, 1, 2), 0);
    rotation(5, new Rotation(0, 96, 3, 32), 1000);
    rotation(13, new Rotation(18, 120, 2, 18), 7);
    rotation(70, new Rotation(64, 192, 1, 64), 2000);
  }

  private void rotation(int rows, Rotation rotation, int firstPosition) {
    float[] x = normal(12, Math.toIntExact(rotation.requiredElements(rows)) + guard, 0);
    float[] table = PositionTables.rotary(firstPosition + rows, rotation.dim(), 10000);
    int[] positions = new int[rows];
    for (int row = 0; row < rows; row++) {
      positions[row] = firstPosition + rows - 1 - row;
    }
    cases.add(
        new LayerCase(
            "rotary",
            "%d rows of %d heads of %d, %d apart from %d on, to position %d"
                .formatted(
                    rows,
                    rotation.heads(),
                    rotation.dim(),
                    rotation.rowStride(),
                    rotation.at(),
                    firstPosition + rows - 1),
            layers -> {
              try (DeviceTensor tensor = layers.upload("x", x);
                  DeviceTensor angles = layers.upload("angles", table);
                  DeviceIndices at = indices(layers, positions)) {
                layers.rotate(tensor, rotation, rows, at, angles);
                return tensor.read(tensor.elements());
              }
            },
            () -> ReferenceLayers.rotate(x, rotation, rows, positions, table)));
  }

  private void addUnembeddings() {
    unembedding(1, 64, 1);
    unembedding(1, 33, 131);
    unembedding(6, 384, 50);
    unembedding(4, 15, 4);
    unembedding(21, 100, 77);
  }

  private void unembedding(int rows, int columns, int vocabulary) {
    float[] x = normal(13, rows * columns, 0);
    float[] words = normal(14, vocabulary * columns, 0);
    cases.add(
        new LayerCase(
            "unembedding",
            "%d x %d to %d words".formatted(rows, columns, vocabulary),
            layers -> {
              try (DeviceTensor input = layers.upload("x", x);
                  DeviceTensor table = layers.upload("words", words);
                  DeviceTensor output = guarded(layers, rows * vocabulary)) {
                layers.unembed(input, rows, table, vocabulary, columns, output);
                return output.read(output.elements());
              }
            },
            () ->
                ReferenceLayers.matMul(
                    x,
                    rows,
                    columns,
                    vocabulary,
                    words,
                    (k, c) -> c * columns + k,
                    null,
                    Activation.NONE)));
  }

  private DeviceTensor guarded(Layers layers, int elements) {
    return layers.allocate("the result", elements + guard);
  }

  private static DeviceIndices indices(Layers layers, int[] values) {
    DeviceIndices indices = layers.allocateIndices("indices", values.length);
    indices.write(values);
    return indices;
  }

  private static float[] normal(int stream, int count, int shift) {
    SplitMix64 random = new SplitMix64(SEED, stream);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.normal(i) + shift;
    }
    return values;
  }

  private static float[] scaled(float[] values, float by) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= by;
    }
    return values;
  }
}
