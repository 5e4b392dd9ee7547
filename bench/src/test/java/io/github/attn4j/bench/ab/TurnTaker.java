package io.github.attn4j.bench.ab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/**
 * A trial that asks for turns as a real one does and measures nothing: it writes into a log when it
 * has the machine.
 */
final class TurnTaker {
  private static final int HANGS = -1;
  private static final int CRASHES = -2;
  private static final int CRASH_CODE = 99;

  private TurnTaker() {}

  /**
   * The command that starts one, without its last word.
   *
   * @param cells at which it asks for turns, comma-separated; -1 to hang, -2 to crash
   */
  static String command(String name, Path log, String cells) {
    return "'%s' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '%s' %s %s '%s' %s"
        .formatted(
            Path.of(System.getProperty("java.home"), "bin", "java"),
            System.getProperty("java.class.path"),
            TurnTaker.class.getName(),
            name,
            log,
            cells);
  }

  /** Arguments: name, log, cells, --turns=SOCKET. */
  public static void main(String[] arguments) throws Exception {
    String name = arguments[0];
    Path log = Path.of(arguments[1]);
    Path turns = Path.of(arguments[3].substring("--turns=".length()));
    write(log, name + " starts");
    try (TurnRequests requests = TurnRequests.to(turns)) {
      for (String word : arguments[2].split(",", -1)) {
        int cell = Integer.parseInt(word);
        if (cell == CRASHES) {
          write(log, name + " crashes");
          Runtime.getRuntime().halt(CRASH_CODE);
        }
        if (cell == HANGS) {
          write(log, name + " hangs");
          TimeUnit.HOURS.sleep(1);
        }
        write(log, name + " asks");
        requests.await(cell);
        write(log, name + " has " + cell);
      }
    }
    write(log, name + " ends");
  }

  private static void write(Path log, String line) throws IOException {
    Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
