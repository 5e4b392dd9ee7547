package io.github.attn4j.kernels.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The first rung, called as the ordinary Java that it is: no SDK, no device. */
class NaiveParallelTest {
  private static final int BATCH = 2;
  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final int QUERIES = 5;
  private static final int KEYS = 7;
  private static final int DIM = 6;
  private static final int VALUE_DIM = 3;

  /** Rows of K lie this far apart, so that a stride taken for a dimension shows. */
  private static final int KEY_STRIDE = DIM + 2;

  /** Heads and queries past the last ones, which the launch may have and the problem has not. */
  private static final int SPARE = 3;

  private final float[] q = new float[BATCH * HEADS * QUERIES * DIM];
  private final float[] k = new float[BATCH * KV_HEADS * KEYS * KEY_STRIDE];
  private final float[] v = new float[BATCH * KV_HEADS * KEYS * VALUE_DIM];
  private final float[] o = new float[BATCH * HEADS * QUERIES * VALUE_DIM];
  private final float[] lse = new float[BATCH * HEADS * QUERIES];
  private final byte[] visible = new byte[QUERIES * KEYS];
  private final float[] bias = new float[QUERIES * KEYS];
  private final int[] shape = new int[Arguments.SEQUENCES + Arguments.SEQUENCE_SIZE * BATCH];
  private final float[] numbers = {0.4f, 0, Float.NaN};

  @BeforeEach
  void drawData() {
    Random random = new Random(7);
    for (float[] tensor : new float[][] {q, k, v, bias}) {
      for (int index = 0; index < tensor.length; index++) {
        tensor[index] = random.nextFloat(-2, 2);
      }
    }
    Arrays.fill(visible, (byte) 1);
    Arrays.fill(o, Float.NaN);
    Arrays.fill(lse, Float.NaN);
    layout(Arguments.Q, HEADS, QUERIES, DIM);
    layout(Arguments.K, KV_HEADS, KEYS, KEY_STRIDE);
    layout(Arguments.V, KV_HEADS, KEYS, VALUE_DIM);
    layout(Arguments.O, HEADS, QUERIES, VALUE_DIM);
    shape[Arguments.MASK + 3] = KEYS; // one mask for all batches and heads
    shape[Arguments.BATCH] = BATCH;
    shape[Arguments.QUERY_HEADS] = HEADS;
    shape[Arguments.GROUP] = HEADS / KV_HEADS;
    shape[Arguments.QUERY_LENGTH] = QUERIES;
    shape[Arguments.KV_LENGTH] = KEYS;
    shape[Arguments.HEAD_DIM] = DIM;
    shape[Arguments.VALUE_DIM] = VALUE_DIM;
    for (int b = 0; b < BATCH; b++) {
      window(b, KEYS, -QUERIES, KEYS);
    }
  }

  private void layout(int at, int heads, int rows, int rowStride) {
    shape[at + 1] = heads * rows * rowStride;
    shape[at + 2] = rows * rowStride;
    shape[at + 3] = rowStride;
  }

  private void window(int b, int keyLength, int firstKey, int keysEnd) {
    int sequence = Arguments.SEQUENCES + Arguments.SEQUENCE_SIZE * b;
    shape[sequence + Arguments.KEY_LENGTH] = keyLength;
    shape[sequence + Arguments.FIRST_KEY] = firstKey;
    shape[sequence + Arguments.KEYS_END] = keysEnd;
  }

  @Test
  void everyQuerySeesEveryKey() {
    assertAgreesWithTheDefinition();
  }

  @Test
  void windowsAndLengthsHideKeys() {
    window(0, KEYS, -QUERIES, 1); // causal, from the top left
    window(1, 4, -1, 3); // a key back, two ahead, of four keys
    assertAgreesWithTheDefinition();
  }

  @Test
  void rowsThatSeeNothingAreZeroWithAnLseOfMinusInfinity() {
    window(0, KEYS, -QUERIES, -2); // queries 0 to 2 stand before all keys
    window(1, 0, -QUERIES, KEYS); // no keys at all
    assertAgreesWithTheDefinition();
    assertThat(lse[0]).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(o[0]).isZero();
  }

  @Test
  void theSoftCapComesBeforeTheAdditiveMask() {
    numbers[Arguments.SOFT_CAP] = 1.5f;
    shape[Arguments.MASK_KIND] = Arguments.MASK_ADDITIVE;
    bias[3] = Float.NEGATIVE_INFINITY;
    assertAgreesWithTheDefinition();
  }

  @Test
  void nanInWhatNobodySeesIsNotRead() {
    shape[Arguments.MASK_KIND] = Arguments.MASK_BOOLEAN;
    for (int i = 0; i < QUERIES; i++) {
      visible[i * KEYS + 2] = 0;
    }
    Arrays.fill(k, 2 * KEY_STRIDE, 3 * KEY_STRIDE, Float.NaN);
    Arrays.fill(v, 2 * VALUE_DIM, 3 * VALUE_DIM, Float.NaN);
    assertAgreesWithTheDefinition();
    assertThat(o[0]).isFinite();
  }

  private void assertAgreesWithTheDefinition() {
    float[] scratch = new float[lse.length * KEYS];
    NaiveParallel.naiveParallel(
        q,
        k,
        v,
        o,
        lse,
        visible,
        bias,
        scratch,
        shape,
        numbers,
        BATCH * HEADS + SPARE,
        QUERIES + SPARE);
    for (int row = 0; row < lse.length; row++) {
      double[] expected = row(row / QUERIES / HEADS, row / QUERIES % HEADS, row % QUERIES);
      assertClose(lse[row], expected[VALUE_DIM], "LSE of row " + row);
      for (int c = 0; c < VALUE_DIM; c++) {
        assertClose(o[row * VALUE_DIM + c], expected[c], "O of row " + row + ", column " + c);
      }
    }
  }

  private static void assertClose(float actual, double expected, String what) {
    if (Double.isInfinite(expected)) {
      assertThat((double) actual).as(what).isEqualTo(expected);
    } else {
      assertThat((double) actual).as(what).isCloseTo(expected, within(1e-5));
    }
  }

  /** A row of O and its LSE, by definition, in float64. */
  private double[] row(int b, int h, int i) {
    int kvHead = b * KV_HEADS + h / (HEADS / KV_HEADS);
    int sequence = Arguments.SEQUENCES + Arguments.SEQUENCE_SIZE * b;
    int kind = shape[Arguments.MASK_KIND];
    double[] weighted = new double[VALUE_DIM];
    double sum = 0;
    for (int key = 0; key < shape[sequence + Arguments.KEY_LENGTH]; key++) {
      boolean hidden =
          key < i + shape[sequence + Arguments.FIRST_KEY]
              || key >= i + shape[sequence + Arguments.KEYS_END]
              || (kind == Arguments.MASK_BOOLEAN && visible[i * KEYS + key] == 0);
      if (hidden) {
        continue;
      }
      double score = 0;
      for (int d = 0; d < DIM; d++) {
        score +=
            (double) q[((b * HEADS + h) * QUERIES + i) * DIM + d]
                * k[(kvHead * KEYS + key) * KEY_STRIDE + d];
      }
      score *= numbers[Arguments.SCALE];
      double cap = numbers[Arguments.SOFT_CAP];
      score = cap > 0 ? cap * Math.tanh(score / cap) : score;
      score += kind == Arguments.MASK_ADDITIVE ? bias[i * KEYS + key] : 0;
      double weight = Math.exp(score); // small enough here to need no maximum
      sum += weight;
      for (int c = 0; c < VALUE_DIM; c++) {
        weighted[c] += weight * v[(kvHead * KEYS + key) * VALUE_DIM + c];
      }
    }
    double[] result = new double[VALUE_DIM + 1];
    for (int c = 0; c < VALUE_DIM; c++) {
      result[c] = sum == 0 ? 0 : weighted[c] / sum;
    }
    result[VALUE_DIM] = Math.log(sum);
    return result;
  }
}
