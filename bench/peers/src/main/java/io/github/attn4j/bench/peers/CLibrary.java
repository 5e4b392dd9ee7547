package io.github.attn4j.bench.peers;

import io.github.attn4j.core.kernel.BackendException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** What the JDK has no method for. */
final class CLibrary {
  private CLibrary() {}

  /**
   * Sets a variable of this process's environment, for native libraries that are loaded later and
   * read it then; Java's own view of the environment does not change.
   */
  @SuppressWarnings("restricted") // what the JVM is given --enable-native-access for
  static void setEnvironment(String name, String value) {
    Linker linker = Linker.nativeLinker();
    MemorySegment function =
        linker
            .defaultLookup()
            .find("setenv")
            .orElseThrow(() ->
                new BackendException.Unavailable(
                    "this system's C library has no setenv, by which %s=%s is set; set it before the start"
                        .formatted(name, value)));
    MethodHandle setenv =
        linker.downcallHandle(
            function,
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT));
    int overwrite = 1;
    int status;
    try (Arena arena = Arena.ofConfined()) {
      status =
          (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), overwrite);
    } catch (Throwable e) {
      throw new IllegalStateException("calling setenv", e);
    }
    if (status != 0) {
      throw new IllegalStateException("setenv refuses %s=%s".formatted(name, value));
    }
  }
}
