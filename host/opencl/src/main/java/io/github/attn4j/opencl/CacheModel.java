package io.github.attn4j.opencl;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.CacheShape;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * What a cache is said to hold, kept on the host without pages: rows of each sequence, as they were
 * given and as they are stored.
 */
final class CacheModel {
  private static final int RUN = ElementType.KEYS_PER_SCALE;

  private final CacheShape shape;
  private final List<List<Row>> sequences = new ArrayList<>();

  /** One row of all heads: what an encoding starts from, and what is read. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Row(float[] givenK, float[] givenV, float[] k, float[] v) {}

  CacheModel(CacheShape shape) {
    this.shape = shape;
    for (int sequence = 0; sequence < shape.sequences(); sequence++) {
      sequences.add(new ArrayList<>());
    }
  }

  int length(int sequence) {
    return sequences.get(sequence).size();
  }

  /** The rows of a sequence. */
  List<Row> rows(int sequence) {
    return sequences.get(sequence);
  }

  /** k and v as the cache takes them: [heads, rows, columns]. */
  void append(int sequence, float[] k, float[] v) {
    List<Row> rows = sequences.get(sequence);
    int first = rows.size();
    int count = k.length / (shape.kvHeads() * shape.headDim());
    for (int row = 0; row < count; row++) {
      float[] ofK = row(k, row, count, shape.headDim());
      float[] ofV = row(v, row, count, shape.valueDim());
      rows.add(new Row(ofK, ofV, ofK, ofV));
    }
    int from = shape.type().scaled() ? first / RUN * RUN : first;
    for (int run = from; run < rows.size(); run += RUN) {
      encode(rows, run, Math.min(rows.size(), run + RUN));
    }
  }

  private float[] row(float[] tensor, int row, int count, int columns) {
    float[] all = new float[shape.kvHeads() * columns];
    for (int head = 0; head < shape.kvHeads(); head++) {
      System.arraycopy(tensor, (head * count + row) * columns, all, head * columns, columns);
    }
    return all;
  }

  /** By the host's own definition, of rows that share scales and nothing else. */
  private void encode(List<Row> rows, int begin, int end) {
    AttentionSpec spec =
        AttentionSpec.builder()
            .heads(shape.kvHeads())
            .dims(shape.headDim(), shape.valueDim())
            .lengths(1, end - begin)
            .keyValueType(shape.type())
            .build();
    float[] k = new float[spec.keyElements()];
    float[] v = new float[spec.valueElements()];
    for (int row = begin; row < end; row++) {
      for (int head = 0; head < shape.kvHeads(); head++) {
        int d = shape.headDim();
        int dv = shape.valueDim();
        Row from = rows.get(row);
        System.arraycopy(from.givenK(), head * d, k, spec.keyRow(0, head, row - begin), d);
        System.arraycopy(from.givenV(), head * dv, v, spec.valueRow(0, head, row - begin), dv);
      }
    }
    AttentionInputs stored =
        new AttentionInputs(spec, "a run", new float[spec.queryElements()], k, v);
    for (int row = begin; row < end; row++) {
      Row given = rows.get(row);
      float[] ofK = row(stored.k(), row - begin, end - begin, shape.headDim());
      float[] ofV = row(stored.v(), row - begin, end - begin, shape.valueDim());
      rows.set(row, new Row(given.givenK(), given.givenV(), ofK, ofV));
    }
  }

  /** Rows left of a run that was whole are encoded from what is stored of them, later. */
  void truncate(int sequence, int length) {
    List<Row> rows = sequences.get(sequence);
    boolean wholeRun = length / RUN != rows.size() / RUN;
    rows.subList(length, rows.size()).clear();
    for (int row = length / RUN * RUN; wholeRun && row < length; row++) {
      Row left = rows.get(row);
      rows.set(row, new Row(left.k(), left.v(), left.k(), left.v()));
    }
  }

  void share(int from, int to, int rows) {
    sequences.set(to, new ArrayList<>(sequences.get(from).subList(0, rows)));
  }
}
