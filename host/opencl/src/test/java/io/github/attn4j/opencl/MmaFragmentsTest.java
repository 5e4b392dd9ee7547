package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Where fragments lie, held against what NVIDIA's "PTX ISA" says of mma.m16n8k16 and ldmatrix: the
 * kernel and its emulation ask the same functions, so that both could be wrong together.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MmaFragmentsTest {
  private static final int LANES = 32;

  /** Of a row of 256 elements. */
  private static final int MOST_PIECES = 32;

  /** Of a lane: A's row and column by register, B's row by register, its column, C's, and so on. */
  private static final int A = 0;

  private static final int B = A + 8;
  private static final int C = B + 3;
  private static final int QUERY = C + 8;
  private static final int KEY = QUERY + 2;
  private static final int VALUE = KEY + 2;
  private static final int FIELDS = VALUE + 2;

  private static final String PROBE =
      """
      __kernel void probe(__global long *out) {
        for (int lane = 0; lane < 32; lane++, out += %d) {
          for (int i = 0; i < 4; i++) {
            out[2 * i] = row_of_a(lane, i);
            out[2 * i + 1] = column_of_a(lane, i);
            out[11 + 2 * i] = row_of_c(lane, i);
            out[12 + 2 * i] = column_of_c(lane, i);
          }
          out[8] = row_of_b(lane, 0);
          out[9] = row_of_b(lane, 1);
          out[10] = column_of_b(lane);
          out[19] = query_of_lane(lane);
          out[20] = query_piece_of_lane(lane);
          out[21] = key_of_lane(lane);
          out[22] = key_piece_of_lane(lane);
          out[23] = value_of_lane(lane);
          out[24] = value_piece_of_lane(lane);
        }
      }
      """
          .formatted(FIELDS);

  private long[] fields = new long[0];

  @BeforeAll
  void ask() {
    fields = run(PROBE, LANES * FIELDS, UnaryOperator.identity());
  }

  /** PTX ISA, figures of "Matrix Fragments for mma.m16n8k16 with floating point type". */
  @Test
  void fragmentsOfAAreWhereTheManualSays() {
    for (int lane = 0; lane < LANES; lane++) {
      int group = lane >> 2;
      int inGroup = lane % 4;
      for (int element = 0; element < 8; element += 2) {
        boolean upper = element < 2 || (4 <= element && element < 6);
        assertThat(field(lane, A + element)).isEqualTo(upper ? group : group + 8);
        assertThat(field(lane, A + element + 1))
            .isEqualTo(element < 4 ? inGroup * 2 : inGroup * 2 + 8);
      }
    }
  }

  @Test
  void fragmentsOfBAreWhereTheManualSays() {
    for (int lane = 0; lane < LANES; lane++) {
      assertThat(field(lane, B)).isEqualTo(lane % 4 * 2);
      assertThat(field(lane, B + 1)).isEqualTo(lane % 4 * 2 + 8);
      assertThat(field(lane, B + 2)).isEqualTo(lane >> 2);
    }
  }

  @Test
  void fragmentsOfCAreWhereTheManualSays() {
    for (int lane = 0; lane < LANES; lane++) {
      for (int element = 0; element < 4; element++) {
        assertThat(field(lane, C + 2 * element))
            .isEqualTo(element < 2 ? lane >> 2 : (lane >> 2) + 8);
        assertThat(field(lane, C + 2 * element + 1)).isEqualTo(lane % 4 * 2 + (element & 1));
      }
    }
  }

  /**
   * ldmatrix: lanes 8 m to 8 m + 7 name the rows of matrix m; lane l gets elements 2 (l % 4) and
   * the next of row l / 4, transposed those of column l / 4. So what it gets must be the fragment.
   */
  @Test
  void whatLanesNameBecomesFragments() {
    for (int lane = 0; lane < LANES; lane++) {
      for (int matrix = 0; matrix < 4; matrix++) {
        int names = 8 * matrix + lane / 4;
        int across = lane % 4 * 2;
        assertThat(field(names, QUERY)).isEqualTo(field(lane, A + 2 * matrix));
        assertThat(8 * field(names, QUERY + 1) + across).isEqualTo(field(lane, A + 2 * matrix + 1));
        // Two matrices are a B of the first 8 keys, or columns, the other two that of the next 8.
        assertThat(field(names, KEY)).isEqualTo(matrix / 2 * 8 + field(lane, B + 2));
        assertThat(8 * field(names, KEY + 1) + across).isEqualTo(field(lane, B + matrix % 2));
        int down = 8 * matrix + lane % 4 * 2;
        assertThat(field(down, VALUE)).isEqualTo(field(lane, B + matrix % 2));
        assertThat(field(down + 1, VALUE)).isEqualTo(field(lane, B + matrix % 2) + 1);
        assertThat(8 * field(down, VALUE + 1) + lane / 4)
            .isEqualTo(matrix / 2 * 8 + field(lane, B + 2));
      }
    }
  }

  /** Rows of 16 to 256 elements: every piece has a place, and no two rows of 8 the same banks. */
  @Test
  void noTwoOfEightRowsShareBanks() {
    assertThat(conflicts(UnaryOperator.identity())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"'piece ^ twist_of_row(row, pieces)', piece", "'/ (8 / group)', / 4"})
  void wouldSeeRowsThatShareBanks(String text, String replacement) {
    assertThat(conflicts(source -> replaced(source, text, replacement))).isNotEmpty();
  }

  private static String replaced(String source, String text, String replacement) {
    assertThat(source).contains(text);
    return source.replace(text, replacement);
  }

  /**
   * By length of a row: two pieces at one place, or of 8 rows' pieces of a column in the same 4
   * banks.
   */
  private static List<String> conflicts(UnaryOperator<String> planted) {
    int rows = 32;
    String probe =
        """
        __kernel void probe(__global long *out) {
          for (int pieces = 2; pieces <= %1$d; pieces += 2) {
            for (int n = 0; n < %2$d * pieces; n++) {
              int row = n / pieces;
              int piece = n %% pieces;
              int place = place_of_piece(row, piece, pieces);
              lane_pieces own = pieces_of_lane(row %% 8, piece %% 2, pieces);
              int by_step = place_of_step(own, row / 8 * 8, piece / 2, pieces);
              *out++ = by_step == place ? place : -1;
            }
          }
        }
        """
            .formatted(MOST_PIECES, rows);
    int longs = rows * (MOST_PIECES / 2) * (MOST_PIECES / 2 + 1);
    int[] places = LongStream.of(run(probe, longs, planted)).mapToInt(Math::toIntExact).toArray();
    List<String> conflicts = new ArrayList<>();
    int first = 0;
    for (int pieces = 2; pieces <= MOST_PIECES; pieces += 2) {
      int[] tile = Arrays.copyOfRange(places, first, first + rows * pieces);
      first += tile.length;
      if (IntStream.of(tile).distinct().count() < tile.length
          || IntStream.of(tile).anyMatch(place -> place < 0 || place >= tile.length)) {
        conflicts.add("rows of %d pieces have no place for each".formatted(pieces));
      }
      for (int row = 0; row < rows; row += 8) {
        for (int piece = 0; piece < pieces; piece++) {
          Set<Integer> banks = new HashSet<>();
          for (int i = 0; i < 8; i++) {
            banks.add(Math.floorMod(tile[(row + i) * pieces + piece], 8));
          }
          if (banks.size() < 8) {
            conflicts.add("rows %d and after share banks, of %d pieces".formatted(row, pieces));
          }
        }
      }
    }
    assertThat(first).isEqualTo(places.length);
    return conflicts;
  }

  private int field(int lane, int index) {
    return Math.toIntExact(fields[lane * FIELDS + index]);
  }

  private static long[] run(String probe, int longs, UnaryOperator<String> planted) {
    String source =
        "#define QUERY_TYPE 1\n#define KV_TYPE 1\n#define ITEMS 32\n#define MOST_COPIES 1\n"
            + planted.apply(KernelSource.load("mma_fragments.clh"))
            + probe;
    return ProbeProgram.run(source, longs, null);
  }
}
