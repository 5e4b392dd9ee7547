package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.tune.SessionRecheck;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.tuning.StoredTunings;
import io.github.attn4j.core.tuning.TuningFile;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options that say what kernels run with. */
final class TuningOptions {
  private static final String NONE = "none";
  private static final String SHIPPED = "shipped";
  private static final String USER = "user";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--tuning",
      paramLabel = "user|shipped|none|NAME=VALUE[,...]",
      description =
          "What kernels run with: what ./attn tune found here, or else what ships for the device, or"
              + " else their own defaults (user); without the first (shipped); the last alone (none);"
              + " or their defaults with these values, for kernels that have such parameters."
              + " Default: ${DEFAULT-VALUE}.",
      defaultValue = USER)
  private String tuning = USER;

  @Option(names = "--untuned", description = "The same as --tuning none.")
  private boolean untuned;

  @Option(
      names = "--tuning-file",
      paramLabel = "FILE",
      description =
          "What ./attn tune found, if not in ATTN_TUNING_FILE or attn4j/tuning.json of the"
              + " configuration folder (XDG_CONFIG_HOME, ~/.config).")
  private @Nullable Path file;

  /**
   * Who chooses for the kernels of a backend.
   *
   * @param kernels that will run
   * @param err hears of stored tunings that are not used
   * @throws IllegalArgumentException if the options make no sense together, or for these kernels
   * @throws UncheckedIOException if --tuning-file names a file that is not there
   */
  Function<Backend, Tunings> chooser(
      Backends backends, List<KernelVariant> kernels, PrintWriter err) {
    if (untuned && !tuning.equals(USER)) {
      throw new IllegalArgumentException(
          "--untuned and --tuning %s say different things; leave one out".formatted(tuning));
    }
    if (file != null) {
      if (untuned || !tuning.equals(USER)) {
        throw new IllegalArgumentException(
            "--tuning-file %s: with %s no tuning of it is used; leave one out"
                .formatted(file, untuned ? "--untuned" : "--tuning " + tuning));
      }
      if (!Files.exists(file)) { // without a name there may be none; this one was meant to be there
        throw new UncheckedIOException(
            new NoSuchFileException(
                file.toString(),
                null,
                "--tuning-file names no file; ./attn tune --tuning-file makes it"));
      }
    }
    Set<String> said = new HashSet<>();
    Consumer<String> complaints =
        line -> {
          if (said.add(line)) { // each backend reads the file
            err.println("attn: " + line);
            err.flush();
          }
        };
    SessionRecheck recheck = new SessionRecheck(backends);
    Map<String, Tunings> known = new HashMap<>();
    Function<Backend, Tunings> chooser =
        switch (untuned ? NONE : tuning) {
          case NONE -> backend -> Tunings.OF_THE_KERNELS;
          case SHIPPED -> backend -> shipped(backend, recheck, complaints);
          case USER -> backend -> ofUser(backend, recheck, complaints);
          default -> {
            Tuning values = Tuning.parse(tuning);
            requireParameters(values, kernels);
            Tunings given = Tunings.ofTheKernelsWith(values);
            yield backend -> given;
          }
        };
    Voice voice = Voice.of(command);
    return backend ->
        known.computeIfAbsent(
            backend.id(),
            id -> voice.verbose() ? told(chooser.apply(backend), voice) : chooser.apply(backend));
  }

  /** The same, and says once what a kernel runs with on a device. */
  private static Tunings told(Tunings chosen, Voice voice) {
    Set<String> said = ConcurrentHashMap.newKeySet();
    return (variant, spec, device) -> {
      Tuning tuning = chosen.of(variant, spec, device);
      String line =
          "%s on %s runs with %s"
              .formatted(
                  variant.globalId(),
                  device.name(),
                  tuning.label().isEmpty() ? "no tuning parameters" : tuning.label());
      if (said.add(line)) {
        voice.detail(line);
      }
      return tuning;
    };
  }

  /** What runs without a record of the user's, checked before it is believed. */
  static Tunings shipped(Backend backend, SessionRecheck recheck, Consumer<String> complaints) {
    return backend.tunings() instanceof StoredTunings stored
        ? stored.rechecked(recheck, complaints)
        : backend.tunings();
  }

  private Tunings ofUser(Backend backend, SessionRecheck recheck, Consumer<String> complaints) {
    TuningFile database = database();
    return new StoredTunings(
        database.records(complaints),
        database.path().toString(),
        recheck,
        shipped(backend, recheck, complaints),
        complaints);
  }

  /** The file of the option, or the user's. */
  TuningFile database() {
    return file == null ? TuningFile.ofUser() : new TuningFile(file);
  }

  /**
   * Refuses values that no kernel has a parameter for.
   *
   * @throws IllegalArgumentException naming the value and the parameters that there are
   */
  static void requireParameters(Tuning values, List<? extends KernelVariant> kernels) {
    for (String name : values.values().keySet()) {
      if (kernels.stream().allMatch(kernel -> TuningParameter.named(name, kernel).isEmpty())) {
        throw new IllegalArgumentException(
            "--tuning %s: no chosen kernel has a parameter %s; there are: %s"
                .formatted(values.label().replace(' ', ','), name, parameters(kernels)));
      }
    }
  }

  private static String parameters(List<? extends KernelVariant> kernels) {
    String all =
        kernels.stream()
            .filter(kernel -> !kernel.tuningParameters().isEmpty())
            .map(kernel ->
                kernel.tuningParameters().stream()
                    .map(TuningParameter::name)
                    .collect(Collectors.joining(", ", kernel.globalId() + " ", "")))
            .collect(Collectors.joining("; "));
    return all.isEmpty() ? "none" : all;
  }
}
