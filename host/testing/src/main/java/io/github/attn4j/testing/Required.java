package io.github.attn4j.testing;

import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * What a machine may lack. A test that lacks it is skipped, so that the suite passes anywhere;
 * under {@code -Dattn.require=opencl,browser} it fails, so that where all is there nothing is
 * skipped unseen.
 */
public final class Required {
  private Required() {}

  /** Whether the property names it. */
  public static boolean names(String what) {
    return List.of(System.getProperty("attn.require", "").split(",", -1)).contains(what);
  }

  /** Fails where the property names it, skips the test where not; never returns. */
  @SuppressWarnings("TypeParameterUnusedInFormals") // to stand after return, as JUnit's
  public static <T> T abort(String what, String reason) {
    if (names(what)) {
      throw new AssertionError(reason + ", and -Dattn.require names " + what);
    }
    return Assumptions.abort(reason);
  }
}
