package io.github.attn4j.opencl;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether the JDK's libjsig keeps the JVM's signals from compilers inside OpenCL drivers. Without
 * it, a null check in any thread can end with PoCL's compiler deleting the file that it is writing;
 * docs/decisions/0008-signal-chaining.md tells the rest.
 */
final class SignalChaining {
  private static final String LIBRARY = "libjsig";

  /** What LLVM says when a file that it wrote is gone before it got its name. */
  private static final String FILE_IS_GONE = "unable to rename temporary";

  private SignalChaining() {}

  /** True if this process has loaded it; false also where the system does not say. */
  static boolean active() {
    try {
      // What was loaded, and not LD_PRELOAD: the dynamic linker goes on without what it cannot
      // find.
      return Files.readString(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1)
          .contains(LIBRARY);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The way out of a failure that signals cause, for the end of a message.
   *
   * @param buildLog what the compiler said
   * @param active see {@link #active}
   * @return empty where signals are not to blame
   */
  static String advice(String buildLog, boolean active) {
    if (active || !buildLog.contains(FILE_IS_GONE)) {
      return "";
    }
    return ("%nThe driver's compiler deletes its temporary files when the JVM uses a signal. The JDK's libjsig prevents it:"
            + " start the JVM with ./attn, or with LD_PRELOAD=%s in its environment.")
        .formatted(Path.of(System.getProperty("java.home"), "lib", LIBRARY + ".so"));
  }
}
