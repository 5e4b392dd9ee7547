package io.github.attn4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TuningTest {
  private static final Tuning TWO = Tuning.of(Map.of("QUERY_TILES", 2, "BLOCK_KV", 128));

  @Test
  void itsLabelIsSortedAndCanBeReadBack() {
    assertThat(TWO.label()).isEqualTo("BLOCK_KV=128 QUERY_TILES=2");
    assertThat(Tuning.parse(TWO.label())).isEqualTo(TWO);
    assertThat(Tuning.parse("QUERY_TILES=2,BLOCK_KV=128")).isEqualTo(TWO);
    assertThat(Tuning.parse("")).isEqualTo(Tuning.NONE);
    assertThat(Tuning.NONE.label()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "BLOCK_KV",
        "BLOCK_KV=",
        "=128",
        "block_kv=128",
        "BLOCK_KV=-1",
        "BLOCK_KV=12x",
        "BLOCK_KV=128 ,",
        "BLOCK_KV=99999999999"
      })
  void whatIsNoTuningIsRefusedWhole(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tuning.parse(text))
        .withMessageContaining("'" + text + "'");
  }

  @Test
  void anotherValueLeavesTheFirstTuningAsItWas() {
    Tuning changed = TWO.with("BLOCK_KV", 64);
    assertThat(changed.get("BLOCK_KV")).isEqualTo(64);
    assertThat(changed.get("QUERY_TILES")).isEqualTo(2);
    assertThat(TWO.get("BLOCK_KV")).isEqualTo(128);
  }

  @Test
  void anAbsentParameterIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TWO.get("BLOCK_Q"))
        .withMessage("no BLOCK_Q in tuning 'BLOCK_KV=128 QUERY_TILES=2'");
  }
}
