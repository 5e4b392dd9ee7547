package io.github.attn4j.core.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the words of the language mean, in numbers. */
class LanguageTest {
  private static final Domain DOMAIN = Domain.of(1, 12, 8, 8);
  private static final Bindings BINDINGS =
      Bindings.none()
          .with("least", Integer.MIN_VALUE)
          .with("t", Table.ofInts(2, 3, new int[] {1, 2, 3, 4, 5, 6}));

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          7 / 2; 3
          -7 / 2; -4
          7 / -2; -4
          -7 / -2; 3
          7 % 3; 1
          -7 % 3; 2
          7 % -3; -2
          -7 % -3; -1
          7 / (k - 5); 0
          7 % (k - 5); 0
          least / (k - 6); -2147483648
          least % (k - 6); 0
          least - k; 2147483643
          abs(least + (k - 5)); -2147483648
          -(-3); 3
          2 + 3 * 4; 14
          (2 + 3) * 4; 20
          10 - 4 - 3; 3
          1 / 4; 0
          1 / 4.0; 0.25
          3 > 2 ? 10 : 20.5; 10
          3 < 2 || 2 < 3 && 1 < 0 ? 1 : 2; 2
          min(3, 4.5); 3
          max(3, 4.5); 4.5
          clamp(7, 1, 5); 5
          clamp(7, 9, 5); 5
          abs(-2.5); 2.5
          log2(8); 3
          exp(0); 1
          tanh(0); 0
          t[0, 0]; 1
          t[1, 2]; 6
          t[b - 9, k + 9]; 3
          t[b + 9, k - 9]; 4
          hash(0); 593689054
          hash(1, 2) == hash(2, 1) ? 1 : 0; 0
          slope(0); 0.5
          slope(7); 0.00390625
          slope(8); 0.70710677
          slope(11); 0.088388346
          b; 0
          h; 2
          q; 3
          p; 4
          k; 5
          nq; 8
          nk; 8
          s; 1.5
          1.5e1; 15
          .5; 0.5
          """)
  void valuesAreAsDocumented(String text, float value) {
    ScoreExpression score = ScoreExpression.parse(text, BINDINGS);
    assertThat(score.compile(DOMAIN).score(1.5f, 0, 2, 3, 4, 5)).isEqualTo(value);
  }

  @Test
  void notANumberFailsEveryComparisonButInequality() {
    PairScore score =
        ScoreExpression.parse(
                "(s < 1 ? 1 : 0) + (s <= 1 ? 2 : 0) + (s > 1 ? 4 : 0) + (s >= 1 ? 8 : 0)"
                    + " + (s == s ? 16 : 0) + (s != s ? 32 : 0) + (!(s < 1) ? 64 : 0)")
            .compile(DOMAIN);
    assertThat(score.score(Float.NaN, 0, 0, 0, 0, 0)).isEqualTo(96);
    PairScore ofNaN = ScoreExpression.parse("min(s, 1)").compile(DOMAIN);
    assertThat(ofNaN.score(Float.NaN, 0, 0, 0, 0, 0)).isNaN();
    PairScore besideNaN = ScoreExpression.parse("min(1, s)").compile(DOMAIN);
    assertThat(besideNaN.score(Float.NaN, 0, 0, 0, 0, 0)).isEqualTo(1);
  }

  @Test
  void theHashIsMurmursWithoutItsSign() {
    // The known answers for four zero bytes, and for "test" read as a little-endian word.
    assertThat(Murmur.hash(0)).isEqualTo(0x2362f9de);
    assertThat(Murmur.hash(0x74736574)).isEqualTo(0xba6bd213);
    assertThat(Arithmetic.hash(0x74736574)).isEqualTo(0x3a6bd213);
    for (int word = -50; word < 50; word++) {
      assertThat(Arithmetic.hash(word, 1, -word, 3))
          .isEqualTo(Murmur.hash(word, 1, -word, 3) & 0x7fffffff);
    }
  }

  @Test
  void slopesForEightHeadsHalveFromOneHalf() {
    assertThat(AlibiSlopes.of(8))
        .containsExactly(
            0.5f, 0.25f, 0.125f, 0.0625f, 0.03125f, 0.015625f, 0.0078125f, 0.00390625f);
    assertThat(AlibiSlopes.of(1)).containsExactly(0.00390625f);
  }

  @Test
  void keyLengthsAreEachBatchsOwn() {
    Domain domain = new Domain(2, 1, 4, List.of(0, 0), List.of(5, 9));
    PairScore score = ScoreExpression.parse("nk").compile(domain);
    assertThat(score.score(0, 0, 0, 0, 0, 0)).isEqualTo(5);
    assertThat(score.score(0, 1, 0, 0, 0, 0)).isEqualTo(9);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          ((k)) <= (p); k <= p
          (k - (p - q)) < (3 * 2); k - (p - q) < 3 * 2
          !((k < 3)); !(k < 3)
          ((k < 3) || (q < 3)) && (p < 3); (k < 3 || q < 3) && p < 3
          k<3||(q<3&&p<3); k < 3 || q < 3 && p < 3
          (k < 3 ? 1 : 2) < 3; (k < 3 ? 1 : 2) < 3
          -(-(k)) < 3; --k < 3
          (k < 3) ? (q < 3) : ((p < 3) ? (k < 1) : (k < 2)); k < 3 ? q < 3 : p < 3 ? k < 1 : k < 2
          min( k,( 3 ) )<4; min(k, 3) < 4
          """)
  void printingTakesNoBracketTooMany(String text, String printed) {
    assertThat(MaskExpression.parse(text)).hasToString(printed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          k <= p;                                   100; 163;   0;  63; ALWAYS
          k <= p;                                     0;  63;  64; 127; NEVER
          k <= p;                                    64; 127;  64; 127; MIXED
          p - k < 64;                                64; 127;   1;   1; MIXED
          p - k < 128;                               64; 127;   0;  63; ALWAYS
          p - k < 64;                               128; 191;   0;  63; NEVER
          abs(p - k) <= 64;                         128; 191;   0;  63; NEVER
          k <= p && p - k < 256 || k < 4;           512; 575;  64; 127; NEVER
          k <= p && p - k < 256 || k < 4;           512; 575;   0;   3; ALWAYS
          k / 64 == p / 64;                          64; 127;  64; 127; ALWAYS
          k / 64 == p / 64;                          64; 127; 128; 191; NEVER
          k % 4 == 0;                                 0;  63;   0;  63; MIXED
          k % 4 == 0;                                 0;  63;   4;   4; ALWAYS
          k % 64 < 64 && q * 3 - p - p - p == 0;      0;  63;   0;  63; ALWAYS
          (p + k) - (k + q) == 0;                     5; 500;   0; 900; ALWAYS
          2 * (p - k) > 2 * p - 2 * k - 1;            0; 999;   0; 999; ALWAYS
          hash(q / 64, k / 64) == hash(1, 2);        64; 127; 128; 191; ALWAYS
          hash(q, k) >= 0;                            0;  63;   0;  63; ALWAYS
          hash(q, k) % 2 == 0;                        0;  63;   0;  63; MIXED
          doc[p] == doc[k];                          64; 127;  64; 127; ALWAYS
          doc[p] == doc[k];                           0;  63;  64; 127; NEVER
          0.5 * (p - k) < 100;                        0;  63;   0;  63; ALWAYS
          exp(k) < 0;                                 0;  63;   0;  63; NEVER
          """)
  void regionsAreDecided(
      String text, int firstQuery, int lastQuery, int firstKey, int lastKey, Truth truth) {
    int[] documents = new int[1024];
    for (int place = 0; place < documents.length; place++) {
      documents[place] = place / 64;
    }
    MaskExpression mask =
        MaskExpression.parse(text, Bindings.none().with("doc", Table.ofInts(documents)));
    assertThat(mask.over(Domain.of(1024, 1024), 0, 0, firstQuery, lastQuery, firstKey, lastKey))
        .isEqualTo(truth);
  }
}
