package io.github.attn4j.bench.explain;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An {@link Explanation} as its page holds it: the same, with a layer's numbers packed as base64 of
 * little-endian float32, half the size of decimals. docs/explain.md says how they lie.
 */
record PageData(
    int schemaVersion,
    String model,
    String kernel,
    String device,
    View view,
    List<Text> texts,
    double largestRowError,
    List<WordInContext> words,
    @Nullable String commandLine) {

  /** As {@link TextPatterns}. */
  record Text(
      String text,
      List<String> tokens,
      List<Integer> ids,
      long attentionNanos,
      List<Layer> layers) {}

  /**
   * As {@link LayerPattern}.
   *
   * @param numbers head after head: logarithms of the weights of all pairs, row after row; LSE of
   *     each row; the same two of the pairs that a causal mask leaves
   */
  record Layer(int layer, double scale, int heads, String numbers) {}

  static PageData of(Explanation explanation) {
    return new PageData(
        explanation.schemaVersion(),
        explanation.model(),
        explanation.kernel(),
        explanation.device(),
        explanation.view(),
        explanation.texts().stream().map(PageData::text).toList(),
        explanation.largestRowError(),
        explanation.words(),
        explanation.commandLine());
  }

  private static Text text(TextPatterns patterns) {
    return new Text(
        patterns.text(),
        patterns.tokens(),
        patterns.ids(),
        patterns.attentionNanos(),
        patterns.layers().stream().map(PageData::layer).toList());
  }

  private static Layer layer(LayerPattern layer) {
    List<float[]> parts =
        layer.heads().stream()
            .flatMap(head -> List.of(head.full(), head.causal()).stream())
            .flatMap(scores -> List.of(scores.logs(), scores.lse()).stream())
            .toList();
    int numbers = parts.stream().mapToInt(part -> part.length).sum();
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(numbers, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float[] part : parts) {
      for (float number : part) {
        bytes.putFloat(number);
      }
    }
    return new Layer(
        layer.layer(),
        layer.scale(),
        layer.heads().size(),
        Base64.getEncoder().encodeToString(bytes.array()));
  }
}
