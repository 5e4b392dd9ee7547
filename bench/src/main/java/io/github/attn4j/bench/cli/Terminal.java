package io.github.attn4j.bench.cli;

import java.io.Console;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the terminal allows: its width, and whether there is one. */
final class Terminal {
  /** Of standard error, as POSIX counts. */
  private static final int ERRORS = 2;

  private Terminal() {}

  /** Characters of a line: what COLUMNS says, but no more than are wanted. */
  static int columns(int most) {
    return columns(most, System.getenv("COLUMNS"));
  }

  static int columns(int most, @Nullable String told) {
    if (told == null || !told.strip().matches("0*[1-9]\\d{0,8}")) {
      return most;
    }
    return Math.min(most, Integer.parseInt(told.strip()));
  }

  /**
   * Whether somebody reads standard error on a terminal. {@link System#console} does not say: it is
   * there where input and output have a terminal, wherever errors go.
   */
  @SuppressWarnings("restricted") // every JVM of ours is started with native access
  static boolean takesErrors() {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> isatty = linker.defaultLookup().find("isatty");
    if (isatty.isEmpty()) {
      return interactive(); // no POSIX
    }
    MethodHandle ask =
        linker.downcallHandle(
            isatty.get(), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    try {
      return (int) ask.invokeExact(ERRORS) == 1;
    } catch (Throwable e) {
      throw new IllegalStateException("isatty, which throws nothing, threw", e);
    }
  }

  @SuppressWarnings("SystemConsoleNull") // seen: null on JDK 25 when the output is piped
  private static boolean interactive() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
