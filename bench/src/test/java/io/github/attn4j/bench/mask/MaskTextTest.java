package io.github.attn4j.bench.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.expression.ExpressionException;
import io.github.attn4j.core.input.NpyFile;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MaskTextTest {
  @TempDir private Path folder = Path.of("");

  private static AttentionSpec shape() {
    return AttentionSpec.builder().batch(2).heads(4).lengths(40, 100).dim(8).build();
  }

  private static AttentionSpec spec(String mask, List<String> lets, List<String> tables) {
    GivenNames names = GivenNames.of(lets, tables);
    MaskText text = MaskText.parse(mask, names);
    names.requireAllUsed();
    return new MaskAndScore(text, ScoreText.parse("")).applyTo(shape());
  }

  private static AttentionSpec spec(String mask, String score) {
    return MaskAndScore.parse(mask, score).applyTo(shape());
  }

  private static String visible(AttentionSpec spec) {
    StringBuilder bits = new StringBuilder();
    for (int b = 0; b < spec.batch(); b++) {
      for (int h = 0; h < spec.queryHeads(); h++) {
        for (int q = 0; q < spec.queryLength(); q++) {
          for (int k = 0; k < spec.kvLength(); k++) {
            bits.append(spec.visible(b, h, q, k) ? '1' : '0');
          }
        }
      }
    }
    return bits.toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "full",
        "causal",
        " window( 7, 0 ) ",
        "window(left=-1, right=3)",
        "window",
        "bigbird",
        "bigbird(block=16,random=2)",
        "document(documents=3)",
        "document(doc=documents(5,seed=2))",
        "block-diagonal( 32 )",
        "k <= p && p - k < 16 || k < 4",
        "p - k < w where w=16",
        "p - k < w + v && doc[b, p] == doc[b, k] where w=16; v=-2; doc=documents(3)",
        "causal & p - k < w where w=9 & k < w where w=50",
        "causal && k % 3 != 1",
        "x * k < 50 where x=2.5e-1"
      })
  void aLabelIsATextOfTheSameMask(String text) {
    AttentionSpec spec = spec(text, "");
    AttentionSpec again = spec(spec.mask().label(), "");
    assertThat(again.mask().label()).isEqualTo(spec.mask().label());
    assertThat(visible(again)).isEqualTo(visible(spec));
    MaskText parsed = MaskText.parse(text);
    assertThat(MaskText.parse(parsed.text())).isEqualTo(parsed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "window( 7, 0 ) | window(7,0)",
        "window(-1,0) | causal",
        "bigbird(block=64,seed=1) | bigbird",
        "bigbird(32) | bigbird(block=32)",
        "(k) <= (p) | k <= p",
        "causal && k < 9 | causal&k < 9",
        "full & causal | causal"
      })
  void aLabelIsShort(String text, String label) {
    assertThat(spec(text, "").mask().label()).isEqualTo(label);
  }

  @Test
  void windowsStayWindowsForWhichKernelsNeedNoCondition() {
    assertThat(spec("causal&window(9,9)", "").canonicalMask().expression()).isNull();
    assertThat(MaskText.parse("window(9,4)").mask(() -> shape().domain()))
        .isEqualTo(Mask.window(9, 4));
  }

  @Test
  void optionsNamesGoToWhatUsesThem() {
    AttentionSpec spec =
        spec(
            "bigbird & p - k < w && doc[b, p] == doc[b, k]",
            List.of("block=16", "w=30"),
            List.of("doc=documents(4, seed=7)"));
    assertThat(spec.mask().label())
        .isEqualTo(
            "bigbird(block=16)&p - k < w && doc[b, p] == doc[b, k] where w=30; doc=documents(documents=4,seed=7)");
    assertThat(visible(spec(spec.mask().label(), ""))).isEqualTo(visible(spec));
  }

  @Test
  void oneNameServesTwoMasks() {
    assertThat(
            spec("block-diagonal & p - k < block", List.of("block=20"), List.of()).mask().label())
        .isEqualTo("block-diagonal(block=20)&p - k < block where block=20");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "wide | mask 'wide' is none of full, causal, window(LEFT,RIGHT)",
        "bigbrid | did you mean 'bigbird'?",
        "block-diagonl | did you mean 'block-diagonal'?",
        "bigbrd(block=3) | did you mean 'bigbird'?",
        "alibi | it goes with --score",
        "bigbird(blok=3) | did you mean 'block'?",
        "bigbird(block=3,block=4) | bigbird is given block twice",
        "bigbird(block=wide) | block of bigbird must be a number, but it is 'wide'",
        "bigbird(block=0) | block of bigbird (queries and keys of a block) must be an int from 1",
        "bigbird(block=1.5) | but it is 1.5",
        "window(1,2,3) | window takes left, right, but argument 3 of it is '3'",
        "window(99999999999,0) | an int has 32 bits",
        "window(-2,0) | but it is -2",
        "document(doc=3) | doc of document must be a table",
        "document(doc=docments()) | did you mean 'documents'?",
        "full(3) | full takes no arguments",
        "k < w where v=3; w=2 | where v is used by no mask",
        "k < w where w | where 'w' is not of the form name=value",
        "k < w where w=1; w=2 | that name is given twice",
        "blocks() | blocks(FILE) or blocks(FILE,SIZE)",
        "blocks(f.npy,big) | must be a number, but it is 'big'",
        "blocks(f.npy,0) | --block-size is 0",
        "k < w where w=a%zz.npy | names no file: behind % come two hexadecimal digits",
        "k < 3 where where=3 | where where: that word comes before the names",
        "document(documents=3,doc=d.npy) | documents of document shapes its own table doc",
        "causal & | before or behind & a mask is missing",
        "'' | a mask is missing: full, causal",
        "k & 1 == 0 | & joins masks, it is no operator of bits",
        "k $ 3 | has no meaning here"
      })
  void aTextThatIsNoMaskSaysWhy(String text, String reason) {
    assertThatThrownBy(() -> MaskText.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "k < 4 || k > 6 && causal",
        "causal && k > 6 || k < 4",
        "causal && k < 4 ? k > 1 : k < 3",
        "causal && k < w || k > 6 where w=2"
      })
  void aNamedMaskIsNotJoinedToAPartOfACondition(String text) {
    assertThatThrownBy(() -> MaskText.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("join a named mask by &, or put brackets around the condition");
  }

  @Test
  void bracketsJoinANamedMaskToAWholeCondition() {
    assertThat(visible(spec("(k < 4 || k > 6) && causal", "")))
        .isEqualTo(visible(spec("k < 4 || k > 6 & causal", "")))
        .isEqualTo(visible(spec("(k < 4 || k > 6) && k <= p", "")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "k < 4 or causal; an operator or the end",
        "(k < 4 || causal); causal' is a preset, and presets are joined by & only",
        "(k < 4 || block-diagonal); block-diagonal' is a preset"
      })
  void aPresetWithinAConditionIsNamed(String text, String reason) {
    assertThatThrownBy(() -> spec(text, ""))
        .isInstanceOf(ExpressionException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void aNameGivenBothWaysIsRefused() {
    assertThatThrownBy(() -> spec("k < w where w=4", List.of("w=5"), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("w is given behind where, as 4, and by an option: leave one of them out");
    assertThatThrownBy(() -> spec("document", List.of("documents=3"), List.of("doc=doc.npy")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("documents of document shapes its own table doc, which is replaced");
    assertThatThrownBy(() -> spec("k < 3", List.of("where=3"), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--let where");
  }

  @Test
  void whatIsWrongWithinAConditionIsUnderACaret() {
    assertThatThrownBy(() -> spec("k <= p && p - k < width", ""))
        .isInstanceOf(ExpressionException.class)
        .hasMessage(
            """
            unknown name 'width': known are abs, b, clamp, exp, h, hash, k, log2, max, min, nk, nq, p, q, slope, tanh; --let width=NUMBER or --table width=FILE gives it a meaning
              k <= p && p - k < width
                                ^\
            """);
    assertThatThrownBy(() -> spec("k <= p || doc[b] == 1", List.of(), List.of("doc=documents()")))
        .isInstanceOf(ExpressionException.class)
        .hasMessageContaining("^");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "width=3 | | --let width is used by no mask and no score: did you mean 'widht'?",
        "other=3 | | --let other is used by no mask and no score; leave it out",
        "widht=x | | --let widht=x is no number; --table names tables",
        "widht=9999999999 | | an int has 32 bits",
        "widht=1e99 | | a float is at most",
        "widht | | --let 'widht' is not of the form name=value",
        "=3 | | --let '=3' is not of the form",
        "widht=3 | doc=documents() | --table doc is used by no mask",
        "widht=3 | widht=documents() | that name is given twice",
        "widht=3 | doc=docs(8) | unknown name 'docs'",
        "widht=3 | doc=documents(0) | documents of documents (of each sequence) must be an int from 1"
      })
  void aNameThatIsOfNoUseSaysWhy(String let, String table, String reason) {
    List<String> tables = table == null ? List.of() : List.of(table);
    assertThatThrownBy(() -> spec("p - k < widht", List.of(let), tables))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void tablesComeFromFilesOfAnyName() {
    Path file = folder.resolve("odd, (name) & 50% = all;.npy");
    boolean[] even = new boolean[100];
    for (int key = 0; key < even.length; key += 2) {
      even[key] = true;
    }
    NpyFile.write(file, List.of(100), even);
    AttentionSpec spec = spec("even[k] == 1", List.of(), List.of("even=" + file));
    assertThat(visible(spec)).isEqualTo(visible(spec("k % 2 == 0", "")));
    assertThat(visible(spec(spec.mask().label(), ""))).isEqualTo(visible(spec));
    assertThat(spec.mask()).isEqualTo(spec(spec.mask().label(), "").mask());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alibi",
        "soft-cap",
        "soft-cap(cap=30.0)",
        "soft-cap(30)",
        "t5-bias(seed=4)",
        "t5-bias(bias=t5_bias(seed=9))",
        "s - slope(h) * (p - k)",
        "s * t where t=0.5",
        "s"
      })
  void aScoresLabelIsATextOfTheSameScore(String text) {
    AttentionSpec spec = spec("full", text);
    AttentionSpec again = spec("full", spec.scoreModifier().label());
    assertThat(again.scoreModifier().label()).isEqualTo(spec.scoreModifier().label());
    for (int k = 0; k < 100; k += 7) {
      assertThat(again.scoreModifier().apply(1.5f, 1, 3, 39, 99, k))
          .isEqualTo(spec.scoreModifier().apply(1.5f, 1, 3, 39, 99, k));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "causal | it goes with --mask",
        "soft_cap | did you mean 'soft-cap'?",
        "soft-cap(cpa=3) | did you mean 'cap'?",
        "s * t where u=3 | where u is used by no mask"
      })
  void aTextThatIsNoScoreSaysWhy(String text, String reason) {
    assertThatThrownBy(() -> ScoreText.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }
}
