package io.github.attn4j.core.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Each preset against its paper's definition, written as plain loops. */
class PresetsTest {
  /** Two batches of unlike offsets and lengths, one of which has queries before its first key. */
  private static final Domain DOMAIN = new Domain(2, 3, 40, List.of(10, -7), List.of(50, 33));

  /** An independently written definition; i is the query's position, j the key. */
  private interface Matrix {
    boolean one(int b, int h, int i, int j);
  }

  @Test
  void causal() {
    requireEqual("causal", Map.of(), (b, h, i, j) -> !(j > i));
  }

  @Test
  void window() {
    boolean[][] near = new boolean[100][100];
    for (int j = 0; j < 50; j++) {
      for (int i = -7; i < 50; i++) {
        for (int distance = -2; distance <= 5; distance++) {
          near[i + 7][j] |= i - distance == j;
        }
      }
    }
    requireEqual("window", Map.of("left", 5, "right", 2), (b, h, i, j) -> near[i + 7][j]);
    requireEqual("window", Map.of("left", -1, "right", 3), (b, h, i, j) -> j - i < 4);
    requireEqual("window", Map.of("left", 0, "right", -1), (b, h, i, j) -> i - j < 1);
  }

  @Test
  void prefix() {
    Set<Integer> shared = Set.of(0, 1, 2, 3, 4, 5);
    requireEqual("prefix-lm", Map.of("prefix", 6), (b, h, i, j) -> shared.contains(j) || j <= i);
  }

  @Test
  void strided() {
    boolean[][] ones = new boolean[60][60];
    for (int i = 0; i < 60; i++) {
      for (int j = Math.max(0, i - 7); j <= i; j++) {
        ones[i][j] = true;
      }
      for (int j = i; j >= 0; j -= 7) {
        ones[i][j] = true;
      }
    }
    requireEqual("strided", Map.of("stride", 7), (b, h, i, j) -> i >= 0 && ones[i][j]);
  }

  @Test
  void fixed() {
    boolean[][] ones = new boolean[60][60];
    for (int i = 0; i < 60; i++) {
      int blockStart = i;
      while (blockStart % 8 != 0) {
        blockStart--;
      }
      for (int j = blockStart; j <= i; j++) {
        ones[i][j] = true;
      }
      for (int block = 0; block < 60; block += 8) {
        for (int j = block + 5; j < block + 8 && j <= i; j++) {
          ones[i][j] = true;
        }
      }
    }
    requireEqual("fixed", Map.of("stride", 8, "summary", 3), (b, h, i, j) -> i >= 0 && ones[i][j]);
  }

  @Test
  void dilated() {
    Set<Integer> distances = Set.of(-9, -6, -3, 0, 3, 6, 9);
    requireEqual(
        "dilated", Map.of("width", 3, "dilation", 3), (b, h, i, j) -> distances.contains(i - j));
  }

  @Test
  void longformer() {
    requireEqual(
        "longformer",
        Map.of("window", 10, "globals", 2),
        (b, h, i, j) -> {
          boolean one = j == 0 || j == 1 || i <= 1;
          for (int step = 0; step <= 5; step++) {
            one |= i + step == j || i - step == j;
          }
          return one;
        });
  }

  @Test
  void bigbird() {
    requireEqual(
        "bigbird",
        Map.of("block", 5, "window", 3, "globals", 1, "random", 2, "seed", 9),
        (b, h, i, j) -> {
          int row = i < 0 ? (i - 4) / 5 : i / 5;
          int column = j / 5;
          int blocks = b == 0 ? 10 : 7;
          boolean one = row <= 0 || column == 0;
          one |= row == column || row == column - 1 || row == column + 1;
          for (int draw = 0; draw < 2; draw++) {
            one |= column == (Murmur.hash(9, h, row, draw) & 0x7fffffff) % blocks;
          }
          return one;
        });
  }

  @Test
  void sinks() {
    requireEqual(
        "sinks",
        Map.of("window", 6, "sinks", 2),
        (b, h, i, j) -> {
          TreeSet<Integer> cache = new TreeSet<>(Set.of(0, 1));
          for (int key = i - 5; key <= i; key++) {
            cache.add(key);
          }
          return cache.contains(j) && i >= j;
        });
  }

  @Test
  void blockDiagonal() {
    requireEqual(
        "block-diagonal",
        Map.of("block", 9),
        (b, h, i, j) -> {
          int start = 0;
          while (start + 9 <= j) {
            start += 9;
          }
          return i >= start && i < start + 9;
        });
  }

  @Test
  void documents() {
    Preset preset = Presets.named("document");
    Map<String, Number> chosen = Map.of("documents", 5, "seed", 3);
    Table documents = preset.bindings(DOMAIN, chosen).table("doc");
    for (int b = 0; b < 2; b++) {
      int[] keysOf = new int[5];
      for (int key = 0; key < 50; key++) {
        int id = documents.intAt(b * 50 + key);
        keysOf[id]++;
        assertThat(key == 0 ? 0 : id - documents.intAt(b * 50 + key - 1)).isBetween(0, 1);
      }
      assertThat(keysOf).doesNotContain(0);
    }
    requireEqual(
        "document",
        chosen,
        (b, h, i, j) -> documents.intAt(b * 50 + Math.max(0, i)) == documents.intAt(b * 50 + j));
  }

  @Test
  void alibi() {
    PairScore score = Presets.named("alibi").score(DOMAIN, Map.of()).compile(DOMAIN);
    // Three heads: 2^-4 and 2^-8 for two, then the first of four's, 2^-2.
    float[] slopes = {0.0625f, 0.00390625f, 0.25f};
    for (int h = 0; h < 3; h++) {
      assertThat(score.score(1.5f, 0, h, 2, 12, 4)).isEqualTo(1.5f - slopes[h] * 8);
    }
  }

  @Test
  void softCap() {
    PairScore score = Presets.named("soft-cap").score(DOMAIN, Map.of("cap", 20)).compile(DOMAIN);
    assertThat(score.score(13f, 0, 0, 0, 0, 0)).isEqualTo(20f * (float) Math.tanh(13f / 20f));
  }

  @Test
  void relativeBias() {
    Preset preset = Presets.named("t5-bias");
    Domain domain = Domain.of(1, 2, 300, 300);
    Table bias = preset.bindings(domain, Map.of()).table("bias");
    PairScore score = preset.score(domain, Map.of()).compile(domain);
    for (int h = 0; h < 2; h++) {
      for (int i = 0; i < 300; i++) {
        for (int j = 0; j < 300; j++) {
          int bucket = j > i ? 16 : 0;
          int distance = j > i ? j - i : i - j;
          if (distance < 8) {
            bucket += distance;
          } else {
            double steps = Math.log(distance / 8.0) / Math.log(128 / 8.0) * 8;
            bucket += Math.min(15, 8 + (int) Math.floor(steps + 1e-9));
          }
          assertThat(score.score(0.25f, 0, h, i, i, j))
              .isEqualTo(0.25f + bias.floatAt(h * 32 + bucket));
        }
      }
    }
  }

  @Test
  void allHaveNamesPapersAndStandardsThatWork() {
    TreeSet<String> names = new TreeSet<>();
    for (Preset preset : Presets.all()) {
      assertThat(names.add(preset.id())).isTrue();
      assertThat(preset.paper()).isNotBlank();
      assertThat(preset.idea()).endsWith(".");
      if (preset.isScore()) {
        preset.score(DOMAIN, Map.of()).check(DOMAIN);
      } else {
        preset.mask(DOMAIN, Map.of()).check(DOMAIN);
      }
    }
    assertThat(names).hasSize(14);
  }

  @Test
  void parametersAreChecked() {
    Preset strided = Presets.named("strided");
    assertThatThrownBy(() -> strided.mask(DOMAIN, Map.of("stride", 0)))
        .hasMessageContaining("stride of strided (l in the paper) must be an int from 1")
        .hasMessageContaining("but it is 0");
    assertThatThrownBy(() -> strided.mask(DOMAIN, Map.of("strides", 4)))
        .hasMessageContaining("did you mean 'stride'?");
    assertThatThrownBy(() -> strided.mask(DOMAIN, Map.of("stride", 4.5f)))
        .hasMessageContaining("4.5");
    assertThatThrownBy(() -> Presets.named("longfromer"))
        .hasMessageContaining("did you mean 'longformer'?");
    assertThatThrownBy(() -> Presets.named("bigbird").mask(DOMAIN, Map.of("random", 4)))
        .hasMessageContaining("from 0 to 3");
  }

  private static void requireEqual(String preset, Map<String, Number> chosen, Matrix matrix) {
    MaskExpression mask = Presets.named(preset).mask(DOMAIN, chosen);
    PairPredicate compiled = mask.compile(DOMAIN);
    int ones = 0;
    int zeros = 0;
    for (int b = 0; b < DOMAIN.batch(); b++) {
      for (int h = 0; h < DOMAIN.heads(); h++) {
        for (int q = 0; q < DOMAIN.queries(); q++) {
          int p = DOMAIN.position(b, q);
          for (int k = 0; k < DOMAIN.keys(b); k++) {
            boolean one = matrix.one(b, h, p, k);
            assertThat(compiled.visible(b, h, q, p, k))
                .as("%s at b %d, h %d, position %d, key %d", mask, b, h, p, k)
                .isEqualTo(one);
            ones += one ? 1 : 0;
            zeros += one ? 0 : 1;
          }
        }
      }
    }
    assertThat(ones).isPositive();
    assertThat(zeros).isPositive();
  }
}
