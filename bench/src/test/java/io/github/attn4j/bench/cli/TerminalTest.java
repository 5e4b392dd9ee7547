package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class TerminalTest {
  @Test
  void aNarrowTerminalNarrowsPictures() {
    assertThat(Terminal.columns(96, "80")).isEqualTo(80);
    assertThat(Terminal.columns(96, " 040 ")).isEqualTo(40);
    assertThat(Terminal.columns(96, "200")).isEqualTo(96);
  }

  @Test
  void aWidthThatIsNoneIsLeftAside() {
    for (String told : new String[] {null, "", "0", "-3", "wide", "99999999999"}) {
      assertThat(Terminal.columns(96, told)).as("COLUMNS=%s", told).isEqualTo(96);
    }
  }

  @Test
  void theListOfCommandsEndsNoSentenceInItsMiddle() {
    CommandLine attn = AttnCommand.commandLine();
    assertThat(attn.getSubcommands()).containsKeys("mask", "masks");
    attn.getSubcommands()
        .forEach((name, command) ->
            assertThat(command.getCommandSpec().usageMessage().description()[0])
                .as(name)
                .endsWith("."));
    StringWriter help = new StringWriter();
    attn.usage(new PrintWriter(help, true));
    assertThat(help.toString().replaceAll("\\s+", " ")).contains("block map costs.");
  }
}
