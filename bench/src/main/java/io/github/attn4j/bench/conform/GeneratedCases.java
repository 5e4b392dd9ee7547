package io.github.attn4j.bench.conform;

import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.model.onnx.OnnxAttribute;
import io.github.attn4j.model.onnx.OnnxNode;
import io.github.attn4j.model.onnx.OnnxTensor;
import io.github.attn4j.model.onnx.OnnxType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Cases of our own over all that ONNX's {@code Attention} has: every kind of mask with every kind
 * of cache, four times each, everything else drawn from the seed. Expected outputs come from {@link
 * OperatorDefinition}.
 */
final class GeneratedCases {
  /** Masks by rank, boolean and float, and none. */
  private static final int MASKS = 9;

  /** None, past and present, lengths of an outer cache. */
  private static final int CACHES = 3;

  private static final int DRAWS = 4;

  /** Few, so that kernels that are compiled for their dimensions share programs. */
  private static final int[][] WIDTHS = {{8, 8}, {8, 10}, {8, 6}};

  private static final List<OnnxType> TYPES =
      List.of(OnnxType.FLOAT, OnnxType.FLOAT, OnnxType.FLOAT16, OnnxType.BFLOAT16);
  private static final List<OnnxType> PRECISIONS =
      List.of(OnnxType.FLOAT, OnnxType.FLOAT16, OnnxType.DOUBLE, OnnxType.BFLOAT16);

  private final long seed;
  private final int number;
  private final int maskKind;
  private final int cacheKind;
  private final SplitMix64 draws;
  private int drawn;
  private int tensors;

  private GeneratedCases(long seed, int number, int maskKind, int cacheKind) {
    this.seed = seed;
    this.number = number;
    this.maskKind = maskKind;
    this.cacheKind = cacheKind;
    this.draws = new SplitMix64(seed, number);
  }

  /** The cases of a seed: always the same. */
  static List<StandardCase> of(long seed) {
    List<StandardCase> cases = new ArrayList<>();
    for (int draw = 0; draw < DRAWS; draw++) {
      for (int mask = 0; mask < MASKS; mask++) {
        for (int cache = 0; cache < CACHES; cache++) {
          cases.add(new GeneratedCases(seed, cases.size(), mask, cache).draw());
        }
      }
    }
    return cases;
  }

  private StandardCase draw() {
    OnnxType type = TYPES.get(below(TYPES.size()));
    boolean flat = below(2) == 1;
    int batch = 1 + below(3);
    int kvHeads = 1 + below(2);
    int heads = kvHeads * (1 + below(3));
    int queries = 1 + below(6);
    int added = cacheKind == 1 ? queries : 1 + below(20);
    int past = cacheKind == 1 ? 1 + below(20) : 0;
    int[] widths = WIDTHS[below(WIDTHS.length)];
    boolean windows = below(3) == 0;
    int opset =
        windows ? 25 : cacheKind == 2 ? 24 + below(2) : AttentionAttributes.FIRST_OPSET + below(3);

    Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    inputs.put(
        StandardCase.Q,
        floats(StandardCase.Q, type, shape(flat, batch, heads, queries, widths[0])));
    inputs.put(
        StandardCase.K,
        floats(StandardCase.K, type, shape(flat, batch, kvHeads, added, widths[0])));
    inputs.put(
        StandardCase.V,
        floats(StandardCase.V, type, shape(flat, batch, kvHeads, added, widths[1])));
    long[] lengths = new long[batch];
    int longest = 1; // a mask may end before any key, but not before one of an outer cache
    if (cacheKind == 2) {
      for (int b = 0; b < batch; b++) {
        lengths[b] = below(added + 1);
        longest = (int) Math.max(longest, lengths[b]);
      }
    }
    if (maskKind > 0) {
      inputs.put(StandardCase.MASK, mask(type, batch, heads, queries, past + added, longest));
    }
    if (cacheKind == 1) {
      List<Integer> ofKeys = List.of(batch, kvHeads, past, widths[0]);
      List<Integer> ofValues = List.of(batch, kvHeads, past, widths[1]);
      inputs.put(StandardCase.PAST_KEY, floats(StandardCase.PAST_KEY, type, ofKeys));
      inputs.put(StandardCase.PAST_VALUE, floats(StandardCase.PAST_VALUE, type, ofValues));
    }
    if (cacheKind == 2) {
      inputs.put(
          StandardCase.KEY_LENGTHS,
          OnnxTensor.of(StandardCase.KEY_LENGTHS, List.of(batch), lengths));
    }
    List<OnnxAttribute> drawnAttributes = attributes(windows);
    if (flat) {
      drawnAttributes.add(OnnxAttribute.of("q_num_heads", heads));
      drawnAttributes.add(OnnxAttribute.of("kv_num_heads", kvHeads));
    }
    return assemble(opset, drawnAttributes, inputs);
  }

  private List<OnnxAttribute> attributes(boolean windows) {
    List<OnnxAttribute> attributes = new ArrayList<>();
    if (below(2) == 0) {
      attributes.add(OnnxAttribute.of("is_causal", below(4) == 0 ? 0 : 1));
    }
    if (below(3) == 0) {
      attributes.add(OnnxAttribute.of("scale", 0.05f * (1 + below(20))));
    }
    if (below(3) == 0) {
      attributes.add(OnnxAttribute.of("softcap", 0.5f * (1 + below(6))));
    }
    if (below(4) == 0) {
      int precision = PRECISIONS.get(below(PRECISIONS.size())).code();
      attributes.add(OnnxAttribute.of("softmax_precision", precision));
    }
    if (windows) {
      attributes.add(OnnxAttribute.of("left_window_size", below(6) - 1L));
      attributes.add(OnnxAttribute.of("right_window_size", below(6) - 1L));
    }
    return attributes;
  }

  private StandardCase assemble(
      int opset, List<OnnxAttribute> attributes, Map<String, OnnxTensor> inputs) {
    int mode = below(6) - 2; // below 0: nobody wants scores
    if (mode >= 0) {
      attributes.add(OnnxAttribute.of("qk_matmul_output_mode", mode));
    }
    List<String> outputs = new ArrayList<>();
    for (String name : StandardCase.OUTPUTS) {
      boolean wanted =
          name.equals(StandardCase.Y)
              || (name.equals(StandardCase.SCORES) ? mode >= 0 : cacheKind == 1);
      outputs.add(wanted ? name : "");
    }
    OnnxNode node =
        new OnnxNode(
            "",
            "",
            "Attention",
            StandardCase.INPUTS.stream().map(name -> inputs.containsKey(name) ? name : "").toList(),
            outputs,
            attributes);
    Map<String, OnnxTensor> expected =
        new LinkedHashMap<>(
            OperatorDefinition.outputs(AttentionAttributes.of(node, opset), inputs));
    expected.keySet().retainAll(outputs);
    String name = "generated_seed%d_%03d".formatted(seed, number);
    return new StandardCase(name, Path.of(name), opset, node, inputs, expected);
  }

  private static List<Integer> shape(boolean flat, int batch, int heads, int rows, int columns) {
    return flat ? List.of(batch, rows, heads * columns) : List.of(batch, heads, rows, columns);
  }

  private OnnxTensor mask(OnnxType type, int batch, int heads, int queries, int keys, int atLeast) {
    int rank = 1 + (maskKind - 1) % 4;
    boolean booleans = maskKind <= 4;
    // Shorter than the keys now and then.
    int last = below(4) == 0 && atLeast < keys ? atLeast + below(keys - atLeast) : keys;
    int[] full = {batch, heads, queries};
    List<Integer> shape = new ArrayList<>();
    for (int d = 4 - rank; d < 3; d++) {
      shape.add(below(3) == 0 ? 1 : full[d]);
    }
    shape.add(last);
    int size = shape.stream().reduce(1, Math::multiplyExact);
    SplitMix64 values = new SplitMix64(seed, stream());
    if (booleans) {
      boolean[] visible = new boolean[size];
      for (int at = 0; at < size; at++) {
        visible[at] = values.below(at, 4) > 0;
      }
      return OnnxTensor.of(StandardCase.MASK, shape, visible);
    }
    float[] added = new float[size];
    for (int at = 0; at < size; at++) {
      added[at] = values.below(at, 5) == 0 ? Float.NEGATIVE_INFINITY : values.normal(size + at);
    }
    return OnnxTensor.of(StandardCase.MASK, type, shape, added);
  }

  private OnnxTensor floats(String name, OnnxType type, List<Integer> shape) {
    SplitMix64 random = new SplitMix64(seed, stream());
    float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
    for (int at = 0; at < values.length; at++) {
      values[at] = random.normal(at);
    }
    return OnnxTensor.of(name, type, shape, values);
  }

  /** One for each tensor, apart from those of the draws. */
  private long stream() {
    return 1_000_000L + 16L * number + tensors++;
  }

  private int below(int bound) {
    return draws.below(drawn++, bound);
  }
}
