package io.github.attn4j.core.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Which masks the page marks as windows; its pattern means the same to Java. */
class WindowMarkTest {
  private static Pattern windows() throws Exception {
    try (InputStream page =
        Objects.requireNonNull(HtmlReport.class.getResourceAsStream("sparsity.js"))) {
      String script = new String(page.readAllBytes(), StandardCharsets.UTF_8);
      Matcher found = Pattern.compile("isWindow = cell => /(.*)/\\.test").matcher(script);
      assertThat(found.find()).isTrue();
      return Pattern.compile(found.group(1));
    }
  }

  @Test
  void windowsAndCausalMasksAreMarked() throws Exception {
    for (String mask :
        new String[] {"causal", "window(255,0)", "causal cap30.0", "window(-1,7) score alibi"}) {
      assertThat(windows().matcher(mask).find()).as(mask).isTrue();
    }
  }

  @Test
  void windowsJoinedWithOthersAreNot() throws Exception {
    for (String mask :
        new String[] {"causal&bigbird", "window(9,0)&causal&k < 3", "bigbird", "full"}) {
      assertThat(windows().matcher(mask).find()).as(mask).isFalse();
    }
  }
}
