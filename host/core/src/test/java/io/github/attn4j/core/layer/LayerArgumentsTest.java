package io.github.attn4j.core.layer;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** No operation writes what it reads, but where its contract says that it may. */
class LayerArgumentsTest {
  private static final int ROWS = 2;
  private static final int COLUMNS = 4;

  private final DeviceTensor x = tensor("x");
  private final DeviceTensor residual = tensor("residual");
  private final DeviceTensor y = tensor("y");
  private final DeviceTensor sum = tensor("sum");
  private final DeviceTensor table = tensor("table");
  private final DeviceTensor other = tensor("other");

  /** Room for rows, and for a table of as many. */
  private static DeviceTensor tensor(String name) {
    return new DeviceTensor() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public int elements() {
        return ROWS * COLUMNS;
      }

      @Override
      public void write(int at, float[] source) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void read(int at, float[] target) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void close() {}
    };
  }

  private static final DeviceIndices INDICES =
      new DeviceIndices() {
        @Override
        public int elements() {
          return ROWS;
        }

        @Override
        public int written() {
          return ROWS;
        }

        @Override
        public int largest() {
          return ROWS - 1;
        }

        @Override
        public void write(int[] values) {
          throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
      };

  private static void requireRefused(String name, ThrowingCallable check) {
    assertThatIllegalArgumentException()
        .isThrownBy(check)
        .withMessage(
            "'%s' is read and written at once: give the result a tensor of its own"
                .formatted(name));
  }

  @Test
  void aNormalisationWritesOverWhatItAddsAndNeverOverItsParameters() {
    Norm norm = new Norm(COLUMNS, table, other, 1e-5f);
    assertThatCode(
            () -> {
              LayerArguments.checkNorm(x, residual, ROWS, norm, sum, y);
              LayerArguments.checkNorm(x, residual, ROWS, norm, x, residual);
              LayerArguments.checkNorm(x, residual, ROWS, norm, residual, x);
              LayerArguments.checkNorm(x, null, ROWS, norm, null, x);
            })
        .doesNotThrowAnyException();
    requireRefused("table", () -> LayerArguments.checkNorm(x, residual, ROWS, norm, null, table));
    requireRefused("other", () -> LayerArguments.checkNorm(x, residual, ROWS, norm, sum, other));
    requireRefused("table", () -> LayerArguments.checkNorm(x, residual, ROWS, norm, table, y));
    requireRefused("other", () -> LayerArguments.checkNorm(x, residual, ROWS, norm, other, y));
    requireRefused("y", () -> LayerArguments.checkNorm(x, residual, ROWS, norm, y, y));
  }

  @Test
  void anEmbeddingNeverWritesOverATableOfIts() {
    EmbeddingTables tables = new EmbeddingTables(COLUMNS, table, other, residual);
    assertThatCode(() -> LayerArguments.checkEmbedding(tables, INDICES, INDICES, INDICES, ROWS, y))
        .doesNotThrowAnyException();
    for (DeviceTensor written : new DeviceTensor[] {table, other, residual}) {
      requireRefused(
          written.name(),
          () -> LayerArguments.checkEmbedding(tables, INDICES, INDICES, INDICES, ROWS, written));
    }
  }

  @Test
  void aRotationNeverTurnsItsOwnTable() {
    Rotation rotation = new Rotation(0, COLUMNS, 1, COLUMNS);
    assertThatCode(() -> LayerArguments.checkRotation(x, rotation, ROWS, INDICES, table))
        .doesNotThrowAnyException();
    requireRefused("x", () -> LayerArguments.checkRotation(x, rotation, ROWS, INDICES, x));
  }

  @Test
  void logitsAreWrittenOverNeitherTheStateNorTheWords() {
    assertThatCode(() -> LayerArguments.checkUnembedding(x, ROWS, table, ROWS, COLUMNS, y))
        .doesNotThrowAnyException();
    requireRefused("x", () -> LayerArguments.checkUnembedding(x, ROWS, table, ROWS, COLUMNS, x));
    requireRefused(
        "table", () -> LayerArguments.checkUnembedding(x, ROWS, table, ROWS, COLUMNS, table));
  }
}
