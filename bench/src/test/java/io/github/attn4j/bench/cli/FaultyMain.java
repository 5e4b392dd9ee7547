package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.fault.Fault;
import io.github.attn4j.bench.fault.FaultyBackend;
import io.github.attn4j.bench.tune.TunableBackend;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.jvm.JavaBackend;
import java.util.Arrays;
import java.util.List;

/** The command line on a faulty backend, in a process of its own, for faults that end it. */
final class FaultyMain {
  private FaultyMain() {}

  /** Arguments: the fault, the call that it strikes, and the command line. */
  public static void main(String[] arguments) {
    List<String> command = Arrays.asList(arguments).subList(2, arguments.length);
    Backend real = command.contains("tune") ? new TunableBackend(4) : new JavaBackend();
    Backends backends =
        new Backends(
            List.of(
                new FaultyBackend(
                    real, Fault.valueOf(arguments[0]), Integer.parseInt(arguments[1]))));
    System.exit(AttnCommand.commandLine(() -> backends).execute(command.toArray(String[]::new)));
  }
}
