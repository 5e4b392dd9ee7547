package io.github.attn4j.bench.conform;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.ScoreStage;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.model.onnx.OnnxTensor;
import io.github.attn4j.model.onnx.OnnxType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A standard's case in our terms. 3-D tensors are a layout, the attributes a mask, a soft cap and
 * offsets; past and new keys stand in one tensor, and how many of them are past is remembered for
 * devices that keep a cache.
 *
 * @param standard the case as it was read
 * @param attributes of its node
 * @param pastKeys rows of K and V that come from the past cache
 * @param inputs Q, and past and new keys and values together, where the spec has them
 */
record AttentionCase(
    StandardCase standard, AttentionAttributes attributes, int pastKeys, AttentionInputs inputs) {
  private static final Map<OnnxType, ElementType> TYPES =
      Map.of(
          OnnxType.FLOAT, ElementType.F32,
          OnnxType.FLOAT16, ElementType.F16,
          OnnxType.BFLOAT16, ElementType.BF16);

  /**
   * Maps a case.
   *
   * @throws io.github.attn4j.core.input.InvalidFileException naming what does not fit together
   * @throws UnsupportedCaseException naming what attn4j does not compute
   */
  static AttentionCase of(StandardCase standard) {
    AttentionAttributes attributes = AttentionAttributes.of(standard.node(), standard.opset());
    requireKnownInputs(standard);
    TensorShapes shapes = TensorShapes.of(standard, attributes);
    ElementType type = elementType(standard);
    AttentionSpecBuilder builder =
        AttentionSpec.builder()
            .batch(shapes.batch())
            .heads(shapes.queryHeads(), shapes.kvHeads())
            .lengths(shapes.queries(), shapes.keys())
            .dims(shapes.headDim(), shapes.valueDim())
            .storage(type)
            .softCap(attributes.softCap())
            .mask(mask(standard, attributes, shapes));
    if (attributes.scale() != null) {
      builder.scale(attributes.scale());
    }
    placeQueries(builder, standard, shapes);
    AttentionSpec spec = built(builder, standard, shapes);
    AttentionInputs inputs =
        new AttentionInputs(
            spec,
            standard.name(),
            input(standard, StandardCase.Q).floats(),
            joined(standard, shapes, StandardCase.PAST_KEY, StandardCase.K, shapes.headDim()),
            joined(standard, shapes, StandardCase.PAST_VALUE, StandardCase.V, shapes.valueDim()));
    return new AttentionCase(standard, attributes, shapes.pastKeys(), inputs);
  }

  private static AttentionSpec built(
      AttentionSpecBuilder builder, StandardCase standard, TensorShapes shapes) {
    builder.layouts(
        shapes.layout(shapes.queryHeads(), shapes.queries(), shapes.headDim()),
        keyLayout(standard, shapes, shapes.headDim()),
        keyLayout(standard, shapes, shapes.valueDim()),
        shapes.layout(shapes.queryHeads(), shapes.queries(), shapes.valueDim()));
    try {
      return builder.build();
    } catch (IllegalArgumentException e) { // fits together, but is beyond what a spec takes
      throw new UnsupportedCaseException(String.valueOf(e.getMessage()));
    }
  }

  private static void requireKnownInputs(StandardCase standard) {
    if (standard.opset() < 24 && standard.inputs().containsKey(StandardCase.KEY_LENGTHS)) {
      throw new UnsupportedCaseException(
          "nonpad_kv_seqlen in opset %d: Attention has it since opset 24"
              .formatted(standard.opset()));
    }
  }

  /** The one type of all tensors but mask and lengths. */
  private static ElementType elementType(StandardCase standard) {
    OnnxTensor q = input(standard, StandardCase.Q);
    ElementType type = OnnxType.of(q.typeCode()).map(TYPES::get).orElse(null);
    if (type == null) {
      throw new UnsupportedCaseException(
          "Q of %s: computed are float, float16 and bfloat16".formatted(q.typeLabel()));
    }
    List<String> alike =
        List.of(StandardCase.K, StandardCase.V, StandardCase.PAST_KEY, StandardCase.PAST_VALUE);
    for (String name : alike) {
      OnnxTensor tensor = standard.inputs().get(name);
      if (tensor != null && tensor.typeCode() != q.typeCode()) {
        throw new UnsupportedCaseException(
            "%s of %s beside Q of %s: Q, K and V are of one type"
                .formatted(name, tensor.typeLabel(), q.typeLabel()));
      }
    }
    standard
        .outputs()
        .forEach((name, tensor) -> {
          if (tensor.typeCode() != q.typeCode()) {
            throw TensorShapes.broken(
                standard,
                "%s is a %s, where Q is a %s".formatted(name, tensor.typeLabel(), q.typeLabel()));
          }
        });
    return type;
  }

  private static Mask mask(
      StandardCase standard, AttentionAttributes attributes, TensorShapes shapes) {
    int right = attributes.effectiveRight();
    Mask window =
        attributes.left() < 0 && right < 0 ? Mask.none() : Mask.window(attributes.left(), right);
    OnnxTensor given = standard.inputs().get(StandardCase.MASK);
    return given == null ? window : window.and(StandardMask.of(standard, shapes, given));
  }

  /**
   * Query 0 stands behind the past keys; where lengths are given, the last query at the last key;
   * otherwise at the first key.
   */
  private static void placeQueries(
      AttentionSpecBuilder builder, StandardCase standard, TensorShapes shapes) {
    OnnxTensor given = standard.inputs().get(StandardCase.KEY_LENGTHS);
    if (given == null) {
      builder.queryOffsets(Collections.nCopies(shapes.batch(), shapes.pastKeys()));
      return;
    }
    if (!given.is(OnnxType.INT64)) {
      throw TensorShapes.broken(
          standard, "nonpad_kv_seqlen is a %s, not a tensor(int64)".formatted(given.typeLabel()));
    }
    List<Integer> lengths = new ArrayList<>();
    List<Integer> offsets = new ArrayList<>();
    for (long length : given.longs()) {
      if (length < 0 || length > shapes.keys()) {
        throw TensorShapes.broken(
            standard,
            "nonpad_kv_seqlen holds %d, where there are %d keys".formatted(length, shapes.keys()));
      }
      lengths.add((int) length);
      offsets.add((int) length - shapes.queries());
    }
    builder.keyLengths(lengths).queryOffsets(offsets);
  }

  /** Caches are 4-D, whatever Q is; without one, K and V lie as they were given. */
  private static Layout keyLayout(StandardCase standard, TensorShapes shapes, int columns) {
    return standard.inputs().containsKey(StandardCase.PAST_KEY)
        ? Layout.bhsd(shapes.kvHeads(), shapes.keys(), columns)
        : shapes.layout(shapes.kvHeads(), shapes.keys(), columns);
  }

  /** Past rows and behind them the new ones, in the layout of the whole. */
  private static float[] joined(
      StandardCase standard, TensorShapes shapes, String past, String added, int columns) {
    float[] rows = input(standard, added).floats();
    OnnxTensor before = standard.inputs().get(past);
    if (before == null) {
      return rows;
    }
    Layout from = shapes.layout(shapes.kvHeads(), shapes.newKeys(), columns);
    Layout to = keyLayout(standard, shapes, columns);
    float[] pastRows = before.floats();
    float[] whole = new float[shapes.batch() * shapes.kvHeads() * shapes.keys() * columns];
    int pastSize = shapes.pastKeys() * columns;
    for (int b = 0; b < shapes.batch(); b++) {
      for (int h = 0; h < shapes.kvHeads(); h++) {
        int head = b * shapes.kvHeads() + h;
        System.arraycopy(
            pastRows, head * pastSize, whole, AttentionInputs.rowIndex(to, b, h, 0), pastSize);
        for (int row = 0; row < shapes.newKeys(); row++) {
          System.arraycopy(
              rows,
              AttentionInputs.rowIndex(from, b, h, row),
              whole,
              AttentionInputs.rowIndex(to, b, h, shapes.pastKeys() + row),
              columns);
        }
      }
    }
    return whole;
  }

  private static OnnxTensor input(StandardCase standard, String name) {
    OnnxTensor tensor = standard.inputs().get(name);
    if (tensor == null) {
      throw TensorShapes.broken(standard, "the node has no input " + name);
    }
    return tensor;
  }

  AttentionSpec spec() {
    return inputs.spec();
  }

  /** The same data under a changed spec: how tests plant mistakes. */
  AttentionCase withSpec(UnaryOperator<AttentionSpecBuilder> change) {
    AttentionSpec changed = change.apply(spec().toBuilder()).build();
    return new AttentionCase(standard, attributes, pastKeys, inputs.withSpec(changed));
  }

  /** Whether the case has to do with a cache: rows from before, or rows to be handed on. */
  boolean hasCache() {
    return standard.inputs().containsKey(StandardCase.PAST_KEY)
        || standard.outputs().containsKey(StandardCase.PRESENT_KEY)
        || standard.outputs().containsKey(StandardCase.PRESENT_VALUE);
  }

  boolean wantsScores() {
    return standard.outputs().containsKey(StandardCase.SCORES);
  }

  /** What the wanted scores are: before the softmax or behind it. */
  ScoreStage scoreStage() {
    return attributes.scoresMode() == 3 ? ScoreStage.WEIGHTS : ScoreStage.SCORES;
  }

  /**
   * The inputs whose scores the case wants: in mode 0 without soft cap and mask, in mode 1 without
   * mask, over all keys there are.
   */
  AttentionInputs scoredInputs() {
    int mode = attributes.scoresMode();
    if (mode >= 2) {
      return inputs;
    }
    AttentionSpec spec = spec();
    return inputs.withSpec(
        spec.toBuilder()
            .softCap(mode == 0 ? 0 : spec.softCap())
            .mask(Mask.none())
            .keyLengths(Collections.nCopies(spec.batch(), spec.kvLength()))
            .build());
  }

  /**
   * Unit roundoff of what the standard rounds intermediate results to, where that is coarser than
   * float32: the tensors' type, or that of the softmax; 0 otherwise.
   */
  double coarseRoundoff() {
    ElementType type = spec().queryType();
    return Math.max(
        type == ElementType.F32 ? 0 : type.unitRoundoff(), attributes.coarseSoftmaxRoundoff());
  }
}
