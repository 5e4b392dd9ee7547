package io.github.attn4j.bench.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.input.NpyFile;
import io.github.attn4j.core.spec.AttentionSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BlockListTest {
  private static final int SIZE = 16;

  @TempDir private Path folder = Path.of("");

  /** 2 batches, 3 heads, 4 rows of blocks, the last one short, 5 columns. */
  private static AttentionSpec shape() {
    return AttentionSpec.builder().batch(2).heads(3).lengths(60, 80).dim(1).build();
  }

  private static AttentionSpec spec(Path file) {
    return new MaskAndScore(MaskText.parse("full").and(file, SIZE), ScoreText.parse(""))
        .applyTo(shape());
  }

  private static boolean[] random(int count) {
    boolean[] flags = new boolean[count];
    for (int index = 0; index < count; index++) {
      flags[index] = Math.floorMod(index * 7919, 13) % 3 == 0;
    }
    return flags;
  }

  private Path npy(List<Integer> shape) {
    Path file = folder.resolve("blocks.npy");
    NpyFile.write(file, shape, random(shape.stream().reduce(1, (a, b) -> a * b)));
    return file;
  }

  private void assertVisible(AttentionSpec spec, int batches, int heads, boolean[] flags) {
    for (int b = 0; b < 2; b++) {
      for (int h = 0; h < 3; h++) {
        for (int q = 0; q < 60; q++) {
          for (int k = 0; k < 80; k++) {
            int plane = (batches == 1 ? 0 : b) * heads + (heads == 1 ? 0 : h);
            assertThat(spec.visible(b, h, q, k))
                .isEqualTo(flags[(plane * 4 + q / SIZE) * 5 + k / SIZE]);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 2", "1, 3, 3", "2, 3, 4", "2, 1, 4", "1, 1, 4"})
  void arraysOfEveryRankListBlocks(int batches, int heads, int rank) {
    List<Integer> shape = List.of(batches, heads, 4, 5).subList(4 - rank, 4);
    assertVisible(spec(npy(shape)), batches, heads, random(batches * heads * 20));
  }

  @Test
  void aTextListsABlockALine() throws IOException {
    Path file =
        Files.writeString(folder.resolve("list"), "# h row column\n1 3 4\n\n 2 0 1 # end\n");
    boolean[] flags = new boolean[60];
    flags[(4 + 3) * 5 + 4] = true;
    flags[2 * 20 + 1] = true;
    assertVisible(spec(file), 1, 3, flags);
    Files.writeString(file, "0 0\n3 4\n");
    boolean[] shared = new boolean[20];
    shared[0] = true;
    shared[19] = true;
    assertVisible(spec(file), 1, 1, shared);
  }

  @Test
  void itsLabelIsAText() {
    AttentionSpec spec = spec(npy(List.of(3, 4, 5)));
    assertThat(spec.mask().label()).endsWith("blocks.npy,16)");
    AttentionSpec again = MaskAndScore.parse(spec.mask().label(), "").applyTo(shape());
    assertVisible(again, 1, 3, random(60));
    assertThat(MaskText.parse("causal").and(Path.of("b.npy"), 64).text())
        .isEqualTo("causal&blocks(b.npy,64)");
    assertThat(MaskText.parse("blocks(b.npy)").text()).isEqualTo("blocks(b.npy,64)");
  }

  @Test
  void aPartOfTheShapeTakesTheFirstBlocks() throws IOException {
    Path file = npy(List.of(4, 5));
    Path text = Files.writeString(folder.resolve("list"), "0 0\n3 4\n");
    AttentionSpec part = AttentionSpec.builder().lengths(20, 30).dim(1).build();
    for (Path list : List.of(file, text)) {
      MaskText fewer = MaskText.parse("full").and(list, SIZE).forFewerKeys();
      assertThat(MaskText.parse(fewer.text())).isEqualTo(fewer);
      AttentionSpec spec = new MaskAndScore(fewer, ScoreText.parse("")).applyTo(part);
      assertThat(spec.visible(0, 0, 0, 0)).isTrue();
      assertThat(spec.visible(0, 0, 19, 0)).isEqualTo(list.equals(file) && random(20)[5]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "4x4, a list of 4 columns of blocks",
    "3x5, a list of 3 rows of blocks",
    "2x4x5, a list of 2 heads",
    "3x3x4x5, a list of 3 batches",
    "20, 'shape [20]; [rows, columns], [heads, rows, columns]'",
    "1x1x1x4x5, '[1, 1, 1, 4, 5]'"
  })
  void aListForAnotherShapeSaysWhichItIs(String shape, String reason) {
    Path file = npy(List.of(shape.split("x", -1)).stream().map(Integer::valueOf).toList());
    assertThatThrownBy(() -> spec(file))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageContaining("blocks.npy")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0", "0 1 2 3 4", "0 x", "-1 0", "0 1\n0 1 2", "4 0", "0 5", "3 0 0", "2 0 0 0"})
  void aLineThatNamesNoBlockIsRefusedByItsNumber(String lines) throws IOException {
    Path file = Files.writeString(folder.resolve("list.txt"), lines);
    assertThatThrownBy(() -> spec(file))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageContaining("list.txt: line " + (lines.contains("\n") ? 2 : 1));
  }

  @Test
  void blocksTooManyForAListAreRefusedWithTheWayOut() throws IOException {
    Path file = Files.writeString(folder.resolve("list.txt"), "0 0");
    AttentionSpec large = AttentionSpec.builder().heads(1).lengths(65_536, 65_536).dim(1).build();
    MaskAndScore masks = new MaskAndScore(MaskText.parse("full").and(file, 1), ScoreText.parse(""));
    assertThatThrownBy(() -> masks.applyTo(large))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageContaining("list.txt: 65536 x")
        .hasMessageContaining("take larger blocks (--block-size)");
  }

  @Test
  void valuesThatSayNeitherYesNorNoAreRefused() throws IOException {
    Path file = folder.resolve("floats.npy");
    NpyFile.write(file, List.of(4, 5), new float[20]);
    assertThatThrownBy(() -> spec(file)).hasMessageContaining("use array.astype(bool)");
    Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xC3, 0x28});
    assertThatThrownBy(() -> spec(binary)).hasMessageContaining("neither .npy nor text");
    assertThatThrownBy(() -> spec(folder.resolve("none.npy")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("none.npy");
  }
}
