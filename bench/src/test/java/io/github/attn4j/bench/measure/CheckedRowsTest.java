package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckedRowsTest {
  private static int[] rows(int heads, int length, int dim, long workLimit) {
    AttentionSpec spec = AttentionSpec.builder().heads(heads).length(length).dim(dim).build();
    return CheckedRows.of(spec, 3, workLimit).rows();
  }

  @ParameterizedTest
  @CsvSource({"8, 128, 64", "8, 512, 64", "8, 512, 128", "12, 512, 32"})
  void shortContextsAreCheckedInFull(int heads, int length, int dim) {
    assertThat(rows(heads, length, dim, CheckedRows.WORK_LIMIT)).hasSize(heads * length);
  }

  @ParameterizedTest
  @CsvSource({"1024, 64", "2048, 64", "4096, 64", "4033, 64", "4100, 64", "4096, 128"})
  void everyBlockOfEveryHeadHasARowUpToFourThousandKeys(int length, int dim) {
    int[] rows = rows(8, length, dim, CheckedRows.WORK_LIMIT);
    assertThat((long) rows.length * length * 2 * dim)
        .isBetween(CheckedRows.WORK_LIMIT / 3, CheckedRows.WORK_LIMIT * 11 / 10);
    for (int head = 0; head < 8; head++) {
      for (int block = 0; block < length; block += 64) {
        int from = head * length + block;
        int to = head * length + Math.min(block + 64, length);
        assertThat(IntStream.of(rows).anyMatch(row -> from <= row && row < to)).isTrue();
      }
    }
  }

  @Test
  void whatTheLimitAllowsIsSpreadEvenly() {
    int length = 8192;
    int perHead = 32; // less than the 128 blocks of a head
    int[] rows = rows(4, length, 64, 4L * perHead * length * 128);
    for (int head = 0; head < 4; head++) {
      int first = head * length;
      int[] ofHead = Arrays.stream(rows).filter(r -> first <= r && r < first + length).toArray();
      assertThat(ofHead).hasSizeBetween(perHead, perHead + 2).contains(first, first + length - 1);
      for (int part = 0; part < perHead; part++) {
        int from = first + part * length / perHead;
        assertThat(
                IntStream.of(ofHead).anyMatch(row -> from <= row && row < from + length / perHead))
            .isTrue();
      }
    }
  }

  @Test
  void bothEndsOfEveryHeadAreCheckedWhateverTheLimit() {
    assertThat(rows(3, 100, 8, 1)).containsExactly(0, 99, 100, 199, 200, 299);
  }

  @Test
  void rowsWithinBlocksDifferSoThatNoLaneIsLeftOut() {
    int[] lanes =
        IntStream.of(rows(8, 4096, 64, CheckedRows.WORK_LIMIT))
            .map(row -> row % 64)
            .distinct()
            .toArray();
    assertThat(lanes).hasSize(64);
  }
}
