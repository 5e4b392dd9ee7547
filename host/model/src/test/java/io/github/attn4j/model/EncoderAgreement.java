package io.github.attn4j.model;

import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * How far the encoder is from ONNX Runtime on the same texts: there one by one, here in batches
 * whose lengths differ, so that padding has to be told from text.
 *
 * @param texts compared
 * @param tokens of all of them
 * @param longest text
 * @param hidden largest difference of the last hidden state
 * @param attention of each layer, the largest difference of the attention's output
 * @param cosine smallest of the embeddings
 */
record EncoderAgreement(
    int texts, int tokens, int longest, double hidden, List<Double> attention, double cosine) {

  static EncoderAgreement of(EncoderModel model, List<int[]> ids, int batch) throws IOException {
    Set<String> inside = new HashSet<>();
    for (int layer = 0; layer < EncoderModel.LAYERS; layer++) {
      inside.add(OnnxEncoder.attentionOf(layer));
    }
    double hidden = 0;
    double[] attention = new double[EncoderModel.LAYERS];
    double cosine = 1;
    int tokens = 0;
    try (OnnxEncoder onnx = new OnnxEncoder(2, inside)) {
      for (int from = 0; from < ids.size(); from += batch) {
        List<int[]> part = ids.subList(from, Math.min(from + batch, ids.size()));
        Attended attended = new Attended();
        EncoderOutput output = model.encode(part, attended);
        for (int text = 0; text < part.size(); text++) {
          int length = part.get(text).length;
          tokens += length;
          Map<String, float[]> expected = onnx.run(List.of(part.get(text)));
          float[] last = Objects.requireNonNull(expected.get(OnnxEncoder.HIDDEN_STATE));
          hidden = Math.max(hidden, difference(last, output.hidden(text)));
          EncoderOutput one =
              new EncoderOutput(List.of(part.get(text)), length, EncoderModel.WIDTH, last);
          cosine = Math.min(cosine, product(one.embedding(0), output.embedding(text)));
          for (int layer = 0; layer < attention.length; layer++) {
            float[] own = attended.rows(layer, text, length);
            float[] right = Objects.requireNonNull(expected.get(OnnxEncoder.attentionOf(layer)));
            attention[layer] = Math.max(attention[layer], difference(right, own));
          }
        }
      }
    }
    List<Double> byLayer = new ArrayList<>();
    for (double one : attention) {
      byLayer.add(one);
    }
    int longest = ids.stream().mapToInt(text -> text.length).max().orElseThrow();
    return new EncoderAgreement(ids.size(), tokens, longest, hidden, byLayer, cosine);
  }

  /** Keeps each layer's O. */
  private static final class Attended implements EncoderTap {
    private final List<float[]> outputs = new ArrayList<>();
    private int longest;

    @Override
    public void attended(int layer, StagedInputs staged, PreparedKernel kernel, long nanos) {
      longest = staged.spec().queryLength();
      outputs.add(kernel.read().o());
    }

    float[] rows(int layer, int text, int tokens) {
      float[] rows = new float[tokens * EncoderModel.WIDTH];
      System.arraycopy(
          outputs.get(layer), text * longest * EncoderModel.WIDTH, rows, 0, rows.length);
      return rows;
    }
  }

  /** The largest; NaN if there is one, which passes no test. */
  private static double difference(float[] expected, float[] actual) {
    if (expected.length != actual.length) {
      throw new AssertionError("%d elements for %d".formatted(actual.length, expected.length));
    }
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs((double) expected[i] - actual[i]));
    }
    return largest;
  }

  private static double product(float[] a, float[] b) {
    double sum = 0;
    double squaresOfA = 0;
    double squaresOfB = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
      squaresOfA += (double) a[i] * a[i];
      squaresOfB += (double) b[i] * b[i];
    }
    return sum / Math.sqrt(squaresOfA * squaresOfB);
  }
}
