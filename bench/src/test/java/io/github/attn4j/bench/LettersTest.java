package io.github.attn4j.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class LettersTest {
  @Test
  void lettersThatALocaleHasNotAreRefusedAndQuestionsAreNot() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Letters.requireRead("caf\uFFFD\uFFFD", US_ASCII))
        .withMessage(
            "cannot read 'caf\uFFFD\uFFFD': this locale has no such letters; try LC_ALL=C.UTF-8");
    Letters.requireRead("why?", US_ASCII);
    Letters.requireRead("what is \uFFFD", UTF_8);
    Letters.requireRead("caf\u00E9");
  }

  /** Two words of the same bytes, of which a process of the C locale knows ASCII alone. */
  @Test
  @Tag("full")
  @EnabledOnOs(OS.LINUX)
  void aProcessUnderTheCLocaleRefusesThem() throws Exception {
    assertThat(underC("cafe\u0301 au lait")).contains("try LC_ALL=C.UTF-8");
    assertThat(underC("why?")).isEmpty();
  }

  private static String underC(String text) throws Exception {
    // A shell makes the bytes: this test's own JVM may know ASCII alone, too.
    StringBuilder octal = new StringBuilder();
    for (byte part : text.getBytes(UTF_8)) {
      octal.append("\\%03o".formatted(part & 0xFF));
    }
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "LC_ALL=C exec \"$1\" -Xshare:auto -XX:TieredStopAtLevel=1 -cp \"$2\" %s \"$(printf '%s')\""
                    .formatted(LettersTest.class.getName(), octal),
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                System.getProperty("java.class.path"))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return said.lines().filter(line -> line.startsWith("refused: ")).findFirst().orElse("");
  }

  /** In a process of its own. */
  public static void main(String[] arguments) {
    try {
      Letters.requireRead(arguments[0]);
    } catch (IllegalArgumentException e) {
      System.out.println("refused: " + e.getMessage());
    }
  }
}
