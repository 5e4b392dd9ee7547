package io.github.attn4j.opencl;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.PageTables;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Sequences of different lengths that are put together to batches, in any order, each any number of
 * times, placed in any way: what a server's scheduler does between two steps.
 */
final class DrawnSequences {
  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final int DIM = 64;

  private final List<AttentionInputs> sequences = new ArrayList<>();
  private final Mask mask;

  /** Ways to lay a batch out. */
  enum Placement {
    PADDED,
    PADDED_LONGER,
    PACKED,
    PAGED
  }

  /**
   * A batch: which sequences, how many rows of keys are allocated to each, and the whole as inputs.
   */
  record Batch(List<Integer> members, Placement placement, AttentionInputs inputs) {}

  /**
   * Draws the sequences.
   *
   * @param queryLengths of the sequences, one after the other, then again from the first
   * @param keyLengths of the sequences, one for each
   * @param mask of all: a batch has one
   */
  DrawnSequences(
      List<Integer> queryLengths,
      List<Integer> keyLengths,
      ElementType queryType,
      ElementType keyValueType,
      Mask mask) {
    this.mask = mask;
    for (int n = 0; n < keyLengths.size(); n++) {
      AttentionSpecBuilder alone =
          base(queryType, keyValueType)
              .lengths(queryLengths.get(n % queryLengths.size()), keyLengths.get(n))
              .mask(mask);
      sequences.add(AttentionInputs.generate(alone.build(), InputFamily.NORMAL, n));
    }
  }

  private static AttentionSpecBuilder base(ElementType queryType, ElementType keyValueType) {
    return AttentionSpec.builder()
        .heads(HEADS, KV_HEADS)
        .dim(DIM)
        .queryType(queryType)
        .keyValueType(keyValueType)
        .deterministic(true);
  }

  /** Each sequence, alone. */
  List<AttentionInputs> alone() {
    return sequences;
  }

  Batch draw(Random random) {
    List<Integer> members = new ArrayList<>();
    int size = 1 + random.nextInt(5);
    for (int n = 0; n < size; n++) {
      members.add(random.nextInt(sequences.size()));
    }
    Placement[] ways = Placement.values();
    Placement placement = ways[random.nextInt(ways.length)];
    List<Integer> queries = members.stream().map(n -> spec(n).queryLength()).toList();
    List<Integer> keys = members.stream().map(n -> spec(n).kvLength()).toList();
    int most = keys.stream().mapToInt(Integer::intValue).max().orElseThrow();
    AttentionSpecBuilder builder =
        base(spec(0).queryType(), spec(0).keyValueType())
            .batch(size)
            .lengths(queries.stream().mapToInt(Integer::intValue).max().orElseThrow(), most)
            .queryLengths(queries)
            .keyLengths(keys)
            .mask(mask);
    switch (placement) {
      case PADDED -> {}
      case PADDED_LONGER -> builder.lengths(queryRows(queries), most + random.nextInt(3000));
      case PACKED -> builder.packedQueries(queries).packedKeys();
      case PAGED ->
          builder.keyPlacement(
              PageTables.shuffled(16 << random.nextInt(5), keys, random.nextInt()));
    }
    return new Batch(members, placement, inputs(builder.build(), members));
  }

  private static int queryRows(List<Integer> queries) {
    return queries.stream().mapToInt(Integer::intValue).max().orElseThrow();
  }

  private AttentionSpec spec(int sequence) {
    return sequences.get(sequence).spec();
  }

  private AttentionInputs inputs(AttentionSpec spec, List<Integer> members) {
    float[] q = gaps(spec.queryElements());
    float[] k = gaps(spec.keyElements());
    float[] v = gaps(spec.valueElements());
    for (int b = 0; b < members.size(); b++) {
      AttentionInputs from = sequences.get(members.get(b));
      for (int i = 0; i < from.spec().queryLength(); i++) {
        for (int h = 0; h < HEADS; h++) {
          copy(from.q(), from.spec().queryRow(0, h, i), q, spec.queryRow(b, h, i));
        }
      }
      for (int j = 0; j < from.spec().kvLength(); j++) {
        for (int h = 0; h < KV_HEADS; h++) {
          copy(from.k(), from.spec().keyRow(0, h, j), k, spec.keyRow(b, h, j));
          copy(from.v(), from.spec().valueRow(0, h, j), v, spec.valueRow(b, h, j));
        }
      }
    }
    return new AttentionInputs(spec, "a drawn batch", q, k, v);
  }

  private static float[] gaps(int elements) {
    float[] array = new float[elements];
    Arrays.fill(array, Float.NaN);
    return array;
  }

  private static void copy(float[] from, int start, float[] to, int place) {
    System.arraycopy(from, start, to, place, DIM);
  }

  /** What a launch leaves, which another one must leave again. */
  static AttentionOutput run(OpenClSession session, OpenClKernel kernel, AttentionInputs inputs) {
    try (StagedInputs staged = session.stage(inputs);
        PreparedKernel prepared = session.prepare(kernel, staged)) {
      prepared.run();
      AttentionOutput first = prepared.read();
      prepared.run();
      AttentionOutput second = prepared.read();
      if (!Arrays.equals(first.o(), second.o()) || !Arrays.equals(first.lse(), second.lse())) {
        throw new AssertionError(
            "%s gives other bits when it is launched again: %s"
                .formatted(kernel.globalId(), inputs.spec().wholeLabel()));
      }
      return first;
    }
  }

  /** O and LSE of a batch's sequence b, query by query and head by head. */
  static float[] resultOf(AttentionSpec spec, AttentionOutput output, int b) {
    int queries = spec.queryLengths().get(b);
    float[] result = new float[queries * HEADS * (DIM + 1)];
    int next = 0;
    for (int i = 0; i < queries; i++) {
      for (int h = 0; h < HEADS; h++) {
        System.arraycopy(output.o(), spec.outputRow(b, h, i), result, next, DIM);
        result[next + DIM] = output.lse()[spec.lseIndex(b, h, i)];
        next += DIM + 1;
      }
    }
    return result;
  }
}
