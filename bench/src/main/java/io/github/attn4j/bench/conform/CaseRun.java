package io.github.attn4j.bench.conform;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.Tensors;
import io.github.attn4j.core.kernel.CacheShape;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.KeyValueCache;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.ScoreMatrix;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A case computed by a kernel on a session's device: Y by the kernel, the present cache by the
 * device's cache where the backend has one, the scores by the session's {@link Session#scores}.
 */
final class CaseRun {
  private static final int PAGE_ROWS = 16;

  private final Session session;
  private final KernelVariant kernel;
  private final AttentionCase problem;
  private final List<CaseOutput> outputs = new ArrayList<>();

  private CaseRun(Session session, KernelVariant kernel, AttentionCase problem) {
    this.session = session;
    this.kernel = kernel;
    this.problem = problem;
  }

  /**
   * What was computed.
   *
   * @param output O and LSE, for the check against the oracle
   * @param outputs all that the case has expected values for
   */
  record Result(AttentionOutput output, List<CaseOutput> outputs) {}

  /**
   * Computes all outputs that the case expects.
   *
   * @throws UnsupportedCaseException with the kernel's or the backend's own reason
   * @throws io.github.attn4j.core.kernel.BackendException if the device fails
   */
  static Result of(Session session, KernelVariant kernel, AttentionCase problem) {
    return new CaseRun(session, kernel, problem).run();
  }

  private Result run() {
    if (kernel.supports(problem.spec(), session.device()) instanceof Support.No no) {
      throw new UnsupportedCaseException(no.reason());
    }
    AttentionOutput output;
    KeyValueCache cache = problem.hasCache() ? cache() : null;
    if (cache == null) {
      output = overStaged(problem.hasCache());
    } else {
      try (cache) {
        output = overCache(cache);
      }
    }
    outputs.addFirst(new CaseOutput(StandardCase.Y, kernel.globalId(), output.o()));
    if (problem.wantsScores()) {
      scores();
    }
    return new Result(output, outputs);
  }

  /** A cache with room for exactly the case's rows; null where the backend has none. */
  private @Nullable KeyValueCache cache() {
    AttentionSpec spec = problem.spec();
    CacheShape shape =
        new CacheShape(
            spec.kvHeads(),
            spec.headDim(),
            spec.valueDim(),
            spec.keyValueType(),
            PAGE_ROWS,
            spec.batch() * Math.ceilDiv(spec.kvLength(), PAGE_ROWS),
            spec.batch());
    try {
      return session.openCache(shape);
    } catch (UnsupportedOperationException e) {
      return null;
    }
  }

  /** Past rows are appended first, new ones behind them: what the operator does to its cache. */
  private AttentionOutput overCache(KeyValueCache cache) {
    AttentionSpec spec = problem.spec();
    float[] keys = contiguous(problem.inputs().k(), spec.k(), spec.headDim());
    float[] values = contiguous(problem.inputs().v(), spec.v(), spec.valueDim());
    for (int b = 0; b < spec.batch(); b++) {
      append(cache, b, keys, values, 0, problem.pastKeys());
      append(cache, b, keys, values, problem.pastKeys(), spec.kvLength());
    }
    List<Integer> sequences = IntStream.range(0, spec.batch()).boxed().toList();
    AttentionSpec paged =
        cache
            .spec(sequences)
            .heads(spec.queryHeads(), spec.kvHeads())
            .lengths(spec.queryLength(), spec.kvLength())
            .queryType(spec.queryType())
            .scale(spec.scale())
            .softCap(spec.softCap())
            .mask(spec.mask())
            .queryOffsets(spec.queryOffsets())
            .layouts(spec.q(), cache.shape().keyLayout(), cache.shape().valueLayout(), spec.o())
            .build();
    AttentionInputs held = cache.read(paged, problem.inputs().q()).rearranged(spec);
    if (kernel.supports(paged, session.device()) instanceof Support.No) {
      present(
          held,
          "appended to the device's cache and read back; " + kernel.globalId() + " takes no pages");
      return overStaged(false);
    }
    present(held, "appended to the device's cache, whose pages " + kernel.globalId() + " read");
    try (StagedInputs staged = cache.stage(sequences, paged, problem.inputs().q())) {
      return launch(staged);
    }
  }

  private void append(KeyValueCache cache, int b, float[] keys, float[] values, int from, int end) {
    AttentionSpec spec = problem.spec();
    if (from < end) {
      cache.append(
          b, rows(keys, b, from, end, spec.headDim()), rows(values, b, from, end, spec.valueDim()));
    }
  }

  /** Rows of one sequence, [kvHeads, end - from, columns]. */
  private float[] rows(float[] contiguous, int b, int from, int end, int columns) {
    AttentionSpec spec = problem.spec();
    float[] rows = new float[spec.kvHeads() * (end - from) * columns];
    for (int h = 0; h < spec.kvHeads(); h++) {
      int head = (b * spec.kvHeads() + h) * spec.kvLength();
      int count = (end - from) * columns;
      System.arraycopy(contiguous, (head + from) * columns, rows, h * count, count);
    }
    return rows;
  }

  private AttentionOutput overStaged(boolean present) {
    try (StagedInputs staged = session.stage(problem.inputs())) {
      if (present) {
        present(
            staged.inputs(),
            "joined on the host, as %s was staged with it: %s keeps no cache"
                .formatted(kernel.globalId(), kernel.backend()));
      }
      return launch(staged);
    }
  }

  private AttentionOutput launch(StagedInputs staged) {
    try (PreparedKernel prepared = session.prepare(kernel, staged)) {
      prepared.run();
      return prepared.read();
    }
  }

  private void present(AttentionInputs held, String producer) {
    AttentionSpec spec = held.spec();
    if (problem.standard().outputs().containsKey(StandardCase.PRESENT_KEY)) {
      outputs.add(
          new CaseOutput(
              StandardCase.PRESENT_KEY, producer, contiguous(held.k(), spec.k(), spec.headDim())));
    }
    if (problem.standard().outputs().containsKey(StandardCase.PRESENT_VALUE)) {
      outputs.add(
          new CaseOutput(
              StandardCase.PRESENT_VALUE,
              producer,
              contiguous(held.v(), spec.v(), spec.valueDim())));
    }
  }

  /** [batch, kvHeads, keys, columns]. */
  private float[] contiguous(float[] values, Layout layout, int columns) {
    AttentionSpec spec = problem.spec();
    return Tensors.gather(values, layout, spec.batch(), spec.kvHeads(), spec.kvLength(), columns);
  }

  private void scores() {
    try (StagedInputs staged = session.stage(problem.scoredInputs())) {
      ScoreMatrix matrix = session.scores(staged, problem.scoreStage());
      float[] values = matrix.values();
      problem.spec().queryType().round(values); // the operator's output has the type of Q
      outputs.add(new CaseOutput(StandardCase.SCORES, matrix.producer(), values));
    } catch (UnsupportedOperationException e) {
      throw new UnsupportedCaseException(StandardCase.SCORES + ": " + e.getMessage());
    }
  }
}
