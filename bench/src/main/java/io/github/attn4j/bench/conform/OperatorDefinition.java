package io.github.attn4j.bench.conform;

import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.model.onnx.OnnxTensor;
import io.github.attn4j.model.onnx.OnnxType;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * ONNX's operator {@code Attention} as its specification words it, in float64, in its order of
 * operations: sqrt(scale) into Q and into K, product, soft cap, bias of mask, causal, window and
 * padding added, softmax, product with V; results are rounded once, to the type of Q, and scores to
 * {@code softmax_precision} where it is said.
 *
 * <p>Knows nothing of our specs, masks, layouts and oracle, so that expected outputs of generated
 * cases show mistakes in how a case becomes one of those.
 */
final class OperatorDefinition {
  private final AttentionAttributes attributes;
  private final Map<String, OnnxTensor> inputs;
  private final OnnxType type;
  private final ElementType element;
  private final int batch;
  private final int heads;
  private final int kvHeads;
  private final int queries;
  private final int past;
  private final int keys;
  private final int width;
  private final int valueWidth;

  private OperatorDefinition(AttentionAttributes attributes, Map<String, OnnxTensor> inputs) {
    this.attributes = attributes;
    this.inputs = inputs;
    OnnxTensor q = tensor(StandardCase.Q);
    OnnxTensor k = tensor(StandardCase.K);
    OnnxTensor v = tensor(StandardCase.V);
    type = OnnxType.of(q.typeCode()).orElseThrow();
    element = elementType(type);
    boolean flat = q.shape().size() == 3;
    batch = q.shape().getFirst();
    heads = flat ? attributes.queryHeads() : q.shape().get(1);
    kvHeads = flat ? attributes.kvHeads() : k.shape().get(1);
    queries = flat ? q.shape().get(1) : q.shape().get(2);
    width = flat ? q.shape().get(2) / heads : q.shape().get(3);
    valueWidth = flat ? v.shape().get(2) / kvHeads : v.shape().get(3);
    past =
        inputs.containsKey(StandardCase.PAST_KEY)
            ? tensor(StandardCase.PAST_KEY).shape().get(2)
            : 0;
    keys = past + (flat ? k.shape().get(1) : k.shape().get(2));
  }

  /**
   * All outputs.
   *
   * @param inputs by the operator's names
   * @return by the operator's names; the present cache only where there is a past one
   */
  static Map<String, OnnxTensor> outputs(
      AttentionAttributes attributes, Map<String, OnnxTensor> inputs) {
    return new OperatorDefinition(attributes, inputs).compute();
  }

  private Map<String, OnnxTensor> compute() {
    double[][][][] q = heads(tensor(StandardCase.Q), heads, width);
    double[][][][] k = joined(StandardCase.PAST_KEY, heads(tensor(StandardCase.K), kvHeads, width));
    double[][][][] v =
        joined(StandardCase.PAST_VALUE, heads(tensor(StandardCase.V), kvHeads, valueWidth));
    double root = Math.sqrt(attributes.scale() == null ? 1 / Math.sqrt(width) : attributes.scale());
    double[][][][] y = new double[batch][heads][queries][valueWidth];
    double[][][][] exposed = new double[batch][heads][queries][keys];
    for (int b = 0; b < batch; b++) {
      for (int h = 0; h < heads; h++) {
        int kvHead = h / (heads / kvHeads); // each one repeated for as many query heads in a row
        for (int i = 0; i < queries; i++) {
          double[] bias = bias(b, h, i);
          double[] scores = new double[keys];
          for (int j = 0; j < keys; j++) {
            for (int d = 0; d < width; d++) {
              scores[j] += q[b][h][i][d] * root * (k[b][kvHead][j][d] * root);
            }
          }
          exposed[b][h][i] = row(scores, bias, v[b][kvHead], y[b][h][i]);
        }
      }
    }
    Map<String, OnnxTensor> outputs = new TreeMap<>();
    outputs.put(StandardCase.Y, like(tensor(StandardCase.Q), y));
    outputs.put(StandardCase.SCORES, whole(StandardCase.SCORES, exposed));
    if (inputs.containsKey(StandardCase.PAST_KEY)) {
      outputs.put(StandardCase.PRESENT_KEY, whole(StandardCase.PRESENT_KEY, k));
      outputs.put(StandardCase.PRESENT_VALUE, whole(StandardCase.PRESENT_VALUE, v));
    }
    return outputs;
  }

  /** One row, added to y; returns what qk_matmul_output shows of it. */
  private double[] row(double[] scores, double[] bias, double[][] values, double[] y) {
    double[] raw = scores.clone();
    double cap = attributes.softCap();
    if (cap > 0) {
      Arrays.setAll(scores, j -> cap * Math.tanh(scores[j] / cap));
    }
    double[] capped = scores.clone();
    Arrays.setAll(scores, j -> scores[j] + bias[j]);
    double[] biased = scores.clone();
    double[] weights = softmax(scores, Arrays.stream(bias).max().orElseThrow());
    for (int j = 0; j < keys; j++) {
      for (int d = 0; d < valueWidth; d++) {
        y[d] += weights[j] * values[j][d];
      }
    }
    return switch (attributes.scoresMode()) {
      case 0 -> raw;
      case 1 -> capped;
      case 2 -> biased;
      default -> weights;
    };
  }

  private double[] softmax(double[] scores, double largestBias) {
    double[] weights = new double[keys];
    if (largestBias == Double.NEGATIVE_INFINITY) {
      return weights; // a row without any key is 0
    }
    OnnxType precision = attributes.softmaxPrecision();
    if (precision != null && precision != OnnxType.DOUBLE) {
      ElementType narrow = elementType(precision);
      Arrays.setAll(scores, j -> narrow.round((float) scores[j]));
    }
    double maximum = Arrays.stream(scores).max().orElseThrow();
    Arrays.setAll(weights, j -> Math.exp(scores[j] - maximum));
    double sum = Arrays.stream(weights).sum();
    Arrays.setAll(weights, j -> weights[j] / sum);
    return weights;
  }

  /** What is added to a row's scores: 0 or a number where a key may be attended to, else -inf. */
  private double[] bias(int b, int h, int i) {
    double[] bias = new double[keys];
    long offset = past;
    if (inputs.containsKey(StandardCase.KEY_LENGTHS)) {
      long valid = tensor(StandardCase.KEY_LENGTHS).longs()[b];
      offset = valid - queries;
      for (int j = 0; j < keys; j++) {
        bias[j] += j < valid ? 0 : Double.NEGATIVE_INFINITY;
      }
    }
    long p = offset + i;
    for (int j = 0; j < keys; j++) {
      boolean allowed = !attributes.causal() || j <= p;
      allowed &= attributes.left() < 0 || p - attributes.left() <= j;
      allowed &= attributes.right() < 0 || j <= p + attributes.right();
      bias[j] += allowed ? 0 : Double.NEGATIVE_INFINITY;
      bias[j] += mask(b, h, i, j);
    }
    return bias;
  }

  /** Broadcast from the right, as numpy does; padded with "no" behind the last key. */
  private double mask(int b, int h, int i, int j) {
    OnnxTensor mask = inputs.get(StandardCase.MASK);
    if (mask == null) {
      return 0;
    }
    List<Integer> shape = mask.shape();
    int last = shape.getLast();
    if (j >= last) {
      return Double.NEGATIVE_INFINITY;
    }
    int[] index = {b, h, i};
    int at = 0;
    for (int d = 0; d < shape.size() - 1; d++) {
      int wanted = index[4 - shape.size() + d];
      at = at * shape.get(d) + (shape.get(d) == 1 ? 0 : wanted);
    }
    at = at * last + j;
    if (mask.is(OnnxType.BOOL)) {
      return mask.booleans()[at] ? 0 : Double.NEGATIVE_INFINITY;
    }
    return mask.floats()[at];
  }

  /** [batch][heads][rows][columns] of a 3-D or 4-D tensor. */
  private double[][][][] heads(OnnxTensor tensor, int count, int columns) {
    boolean flat = tensor.shape().size() == 3;
    int rows = flat ? tensor.shape().get(1) : tensor.shape().get(2);
    float[] values = tensor.floats();
    double[][][][] split = new double[batch][count][rows][columns];
    for (int b = 0; b < batch; b++) {
      for (int h = 0; h < count; h++) {
        for (int r = 0; r < rows; r++) {
          int start = flat ? (b * rows + r) * count + h : (b * count + h) * rows + r;
          for (int c = 0; c < columns; c++) {
            split[b][h][r][c] = values[start * columns + c];
          }
        }
      }
    }
    return split;
  }

  private double[][][][] joined(String pastName, double[][][][] added) {
    if (!inputs.containsKey(pastName)) {
      return added;
    }
    double[][][][] before = heads(tensor(pastName), kvHeads, added[0][0][0].length);
    double[][][][] whole = new double[batch][kvHeads][keys][];
    for (int b = 0; b < batch; b++) {
      for (int h = 0; h < kvHeads; h++) {
        for (int j = 0; j < keys; j++) {
          whole[b][h][j] = j < past ? before[b][h][j] : added[b][h][j - past];
        }
      }
    }
    return whole;
  }

  /** Y has as many dimensions as Q. */
  private OnnxTensor like(OnnxTensor q, double[][][][] y) {
    if (q.shape().size() == 4) {
      return whole(StandardCase.Y, y);
    }
    float[] values = new float[batch * queries * heads * valueWidth];
    int at = 0;
    for (int b = 0; b < batch; b++) {
      for (int i = 0; i < queries; i++) {
        for (int h = 0; h < heads; h++) {
          for (double value : y[b][h][i]) {
            values[at++] = element.round((float) value);
          }
        }
      }
    }
    return OnnxTensor.of(StandardCase.Y, type, List.of(batch, queries, heads * valueWidth), values);
  }

  private OnnxTensor whole(String name, double[][][][] tensor) {
    List<Integer> shape =
        List.of(batch, tensor[0].length, tensor[0][0].length, tensor[0][0][0].length);
    float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
    int at = 0;
    for (double[][][] ofBatch : tensor) {
      for (double[][] ofHead : ofBatch) {
        for (double[] row : ofHead) {
          for (double value : row) {
            values[at++] = element.round((float) value);
          }
        }
      }
    }
    return OnnxTensor.of(name, type, shape, values);
  }

  private OnnxTensor tensor(String name) {
    OnnxTensor tensor = inputs.get(name);
    if (tensor == null) {
      throw new IllegalStateException("the case has no " + name);
    }
    return tensor;
  }

  private static ElementType elementType(OnnxType type) {
    return switch (type) {
      case FLOAT -> ElementType.F32;
      case FLOAT16 -> ElementType.F16;
      case BFLOAT16 -> ElementType.BF16;
      default -> throw new IllegalStateException(type.label() + " is not generated");
    };
  }
}
