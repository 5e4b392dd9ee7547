package io.github.attn4j.bench.example;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.KeyRange;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.List;
import java.util.stream.IntStream;

/** What docs/cascade.md shows: the lines between "page: NAME" and "page: end" stand there. */
final class PrefixSharing {
  private PrefixSharing() {}

  // page: prefix
  /** All sequences' queries as one sequence of B * Sq over the prefix, all of which each sees. */
  static AttentionInputs overPrefix(AttentionInputs own, int length, float[] k, float[] v) {
    AttentionSpec spec = own.spec(); // B sequences, laid out by bshd()
    AttentionSpec joined =
        AttentionSpec.builder()
            .heads(spec.queryHeads(), spec.kvHeads())
            .lengths(spec.batch() * spec.queryLength(), length)
            .dims(spec.headDim(), spec.valueDim())
            .scale(spec.scale())
            .softCap(spec.softCap())
            .bshd()
            .build();
    return new AttentionInputs(joined, "shared prefix", own.q(), k, v); // the same Q
  }

  // page: end

  // page: merge
  /** O [B * Sq, Hq, Dv] is O [B, Sq, Hq, Dv]; LSE [Hq, B * Sq] has yet to become [B, Hq, Sq]. */
  static AttentionOutput merged(AttentionSpec own, AttentionOutput prefix, AttentionOutput suffix) {
    int queries = own.queryLength();
    float[] lse = new float[own.rows()];
    for (int b = 0; b < own.batch(); b++) {
      for (int h = 0; h < own.queryHeads(); h++) {
        int joined = (h * own.batch() + b) * queries;
        System.arraycopy(prefix.lse(), joined, lse, (b * own.queryHeads() + h) * queries, queries);
      }
    }
    return AttentionOutput.merge(own, new AttentionOutput(prefix.o(), lse), suffix);
  }

  // page: end

  // page: devices
  /** An open device and what runs there. */
  record Worker(Session session, KernelVariant kernel) {
    AttentionOutput compute(AttentionInputs inputs) {
      try (StagedInputs staged = session.stage(inputs);
          PreparedKernel prepared = session.prepare(kernel, staged)) {
        prepared.run();
        return prepared.read();
      }
    }
  }

  static AttentionOutput split(List<Worker> workers, AttentionInputs inputs) {
    int keys = inputs.spec().kvLength();
    int runs = Math.ceilDiv(keys, ElementType.KEYS_PER_SCALE); // 8-bit keys of a run share a scale
    List<AttentionOutput> parts =
        IntStream.range(0, workers.size())
            .parallel()
            .mapToObj(part -> {
              int first = (int) ((long) runs * part / workers.size()) * ElementType.KEYS_PER_SCALE;
              int next = (int) ((long) runs * (part + 1) / workers.size());
              int end = Math.min(keys, next * ElementType.KEYS_PER_SCALE);
              return workers.get(part).compute(new KeyRange(first, end).of(inputs));
            })
            .toList();
    return AttentionOutput.mergeAll(inputs.spec(), parts);
  }

  // page: end
}
