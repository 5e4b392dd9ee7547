package io.github.attn4j.bench.lesson;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;
import org.junit.jupiter.api.Test;

/**
 * A head's value matrix takes d_model down to head_dim, its rows of the output projection take that
 * up again: one map of rank head_dim, cut in two. Weights are numbers, so it does not matter
 * whether rows are weighed before or after either half.
 */
class ValueMapTest {
  private static final int N = 12;
  private static final int MODEL = 96;
  private static final int HEAD = 16;

  private static RealMatrix draw(RandomGenerator random, int rows, int columns) {
    double[][] values = new double[rows][columns];
    for (double[] row : values) {
      for (int c = 0; c < columns; c++) {
        row[c] = random.nextGaussian() / Math.sqrt(rows);
      }
    }
    return MatrixUtils.createRealMatrix(values);
  }

  @Test
  void downThenUpIsOneMapOfTheHeadsRank() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(4);
    RealMatrix down = draw(random, MODEL, HEAD);
    RealMatrix up = draw(random, HEAD, MODEL);
    RealMatrix whole = down.multiply(up);
    assertThat(new SingularValueDecomposition(whole).getRank()).isEqualTo(HEAD);
    assertThat(2 * MODEL * HEAD).as("parameters in two").isLessThan(MODEL * MODEL);

    // The same tokens attend with what either half, or the whole map, makes of them as values.
    RealMatrix tokens = draw(random, N, MODEL);
    RealMatrix wanted = attend(tokens.multiply(whole));
    RealMatrix upAfter = attend(tokens.multiply(down)).multiply(up);
    RealMatrix allAfter = attend(tokens).multiply(whole);
    assertThat(upAfter.subtract(wanted).getNorm()).isCloseTo(0, within(1e-5));
    assertThat(allAfter.subtract(wanted).getNorm()).isCloseTo(0, within(1e-5));
    assertThat(wanted.getNorm()).isGreaterThan(0.1);
  }

  /** By a kernel; queries and keys are the same each time. */
  private static RealMatrix attend(RealMatrix values) {
    int width = values.getColumnDimension();
    AttentionSpec spec = AttentionSpec.builder().length(N).dims(HEAD, width).build();
    AttentionInputs drawn = AttentionInputs.generate(spec, InputFamily.NORMAL, 8);
    float[] v = new float[N * width];
    for (int i = 0; i < v.length; i++) {
      v[i] = (float) values.getEntry(i / width, i % width);
    }
    AttentionOutput output =
        Lesson.run("java:flash", new AttentionInputs(spec, "values", drawn.q(), drawn.k(), v));
    RealMatrix rows = MatrixUtils.createRealMatrix(N, width);
    for (int i = 0; i < v.length; i++) {
      rows.setEntry(i / width, i % width, output.o()[i]);
    }
    return rows;
  }
}
