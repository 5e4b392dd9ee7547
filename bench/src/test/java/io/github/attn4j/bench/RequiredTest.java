package io.github.attn4j.bench;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.testing.Required;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.opentest4j.TestAbortedException;

/** What is asked for on the command line is not skipped. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class RequiredTest {
  private final String before = System.getProperty("attn.require", "");

  @AfterEach
  void restore() {
    System.setProperty("attn.require", before);
  }

  @Test
  void whatIsNamedFailsAndAllElseIsSkipped() {
    System.setProperty("attn.require", "opencl,browser");
    assertThatThrownBy(() -> Required.abort("browser", "no browser"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("no browser");
    assertThatThrownBy(() -> Required.abort("opencl", "no device"))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> Required.abort("tornado", "no such thing"))
        .isInstanceOf(TestAbortedException.class);
    System.setProperty("attn.require", "");
    assertThatThrownBy(() -> Required.abort("browser", "no browser"))
        .isInstanceOf(TestAbortedException.class);
  }
}
