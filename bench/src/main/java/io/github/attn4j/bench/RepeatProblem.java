package io.github.attn4j.bench;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sequences that a kernel is given alone and in batches, to see whether each keeps its bits. Small,
 * and few: every one costs a kernel a program.
 *
 * @param name what is told apart by it
 * @param heads of the queries
 * @param kvHeads of keys and values
 * @param type of Q, K, V and O
 * @param mask of all sequences
 * @param queryLengths of the sequences
 * @param keyLengths of the sequences
 */
record RepeatProblem(
    String name,
    int heads,
    int kvHeads,
    ElementType type,
    Mask mask,
    List<Integer> queryLengths,
    List<Integer> keyLengths) {
  private static final int DIM = 64;

  /** What is asked of every kernel. */
  static final List<RepeatProblem> ALL =
      List.of(
          new RepeatProblem("multi-head", 4, 4, ElementType.F32, Mask.none(), same(64), same(96)),
          new RepeatProblem(
              "grouped causal", 8, 2, ElementType.F32, Mask.causal(), same(50), same(130)),
          ragged("ragged", ElementType.F32),
          ragged("ragged f16", ElementType.F16),
          // Where keys are shared out among work-groups, by how many sequences there are.
          new RepeatProblem(
              "one query, long cache",
              8,
              2,
              ElementType.F32,
              Mask.none(),
              same(1),
              List.of(1500, 1025, 37)));

  private static RepeatProblem ragged(String name, ElementType type) {
    return new RepeatProblem(
        name, 4, 2, type, Mask.causal(), List.of(40, 1, 70), List.of(130, 300, 77));
  }

  private static List<Integer> same(int length) {
    return Collections.nCopies(3, length);
  }

  /** How many sequences there are. */
  int sequences() {
    return keyLengths.size();
  }

  private AttentionSpecBuilder base(boolean deterministic) {
    return AttentionSpec.builder()
        .heads(heads, kvHeads)
        .dim(DIM)
        .storage(type)
        .mask(mask)
        .deterministic(deterministic);
  }

  /** One sequence alone. */
  AttentionInputs alone(int sequence, boolean deterministic) {
    AttentionSpec spec =
        base(deterministic).lengths(queryLengths.get(sequence), keyLengths.get(sequence)).build();
    return AttentionInputs.generate(spec, InputFamily.NORMAL, 1 + sequence);
  }

  /** Several in one padded batch, in this order; gaps are NaN, which nothing may read. */
  AttentionInputs batch(List<Integer> members, boolean deterministic) {
    List<Integer> queries = members.stream().map(queryLengths::get).toList();
    List<Integer> keys = members.stream().map(keyLengths::get).toList();
    AttentionSpecBuilder builder =
        base(deterministic)
            .batch(members.size())
            .lengths(Collections.max(queries), Collections.max(keys));
    if (!queries.equals(Collections.nCopies(queries.size(), queries.getFirst()))) {
      builder.queryLengths(queries);
    }
    if (!keys.equals(Collections.nCopies(keys.size(), keys.getFirst()))) {
      builder.keyLengths(keys);
    }
    AttentionSpec spec = builder.build();
    float[] q = gaps(spec.queryElements());
    float[] k = gaps(spec.keyElements());
    float[] v = gaps(spec.valueElements());
    for (int b = 0; b < members.size(); b++) {
      AttentionInputs from = alone(members.get(b), deterministic);
      for (int h = 0; h < heads; h++) {
        for (int i = 0; i < queries.get(b); i++) {
          copy(from.q(), from.spec().queryRow(0, h, i), q, spec.queryRow(b, h, i));
        }
      }
      for (int h = 0; h < kvHeads; h++) {
        for (int j = 0; j < keys.get(b); j++) {
          copy(from.k(), from.spec().keyRow(0, h, j), k, spec.keyRow(b, h, j));
          copy(from.v(), from.spec().valueRow(0, h, j), v, spec.valueRow(b, h, j));
        }
      }
    }
    return new AttentionInputs(spec, name, q, k, v);
  }

  private static float[] gaps(int elements) {
    float[] array = new float[elements];
    Arrays.fill(array, Float.NaN);
    return array;
  }

  private static void copy(float[] from, int start, float[] to, int place) {
    System.arraycopy(from, start, to, place, DIM);
  }

  /** O and LSE of a batch's sequence b without gaps. */
  static float[] resultOf(AttentionSpec spec, AttentionOutput output, int b) {
    int columns = spec.valueDim() + 1;
    int queries = spec.queryLengths().get(b);
    float[] result = new float[spec.queryHeads() * queries * columns];
    int next = 0;
    for (int h = 0; h < spec.queryHeads(); h++) {
      for (int i = 0; i < queries; i++, next += columns) {
        System.arraycopy(output.o(), spec.outputRow(b, h, i), result, next, columns - 1);
        result[next + columns - 1] = output.lse()[spec.lseIndex(b, h, i)];
      }
    }
    return result;
  }

  /** The same of all sequences, one after the other. */
  static float[] resultOf(AttentionSpec spec, AttentionOutput output) {
    float[][] parts =
        IntStream.range(0, spec.batch())
            .mapToObj(b -> resultOf(spec, output, b))
            .toArray(float[][]::new);
    float[] all = new float[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
    int next = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, next, part.length);
      next += part.length;
    }
    return all;
  }
}
