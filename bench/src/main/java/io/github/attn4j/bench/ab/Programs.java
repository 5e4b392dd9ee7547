package io.github.attn4j.bench.ab;

import io.github.attn4j.core.kernel.BackendException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Programs beside ours: git and tar. */
final class Programs {
  private Programs() {}

  /** A command of git that runs no hook of the repository: hooks may do anything. */
  static String[] git(String... arguments) {
    List<String> command = new ArrayList<>(List.of("git", "-c", "core.hooksPath=/dev/null"));
    command.addAll(List.of(arguments));
    return command.toArray(String[]::new);
  }

  /** What a program prints; empty where it fails or is not there. */
  static Optional<String> output(Path folder, String... command) {
    try {
      Process process =
          builder(folder, command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String text = read(process);
      return process.waitFor() == 0 ? Optional.of(text) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /**
   * Runs a program that must not fail.
   *
   * @throws BackendException.Unavailable with what it said
   */
  static void require(Path folder, String... command) {
    String shown = String.join(" ", command);
    try {
      Process process = builder(folder, command).redirectErrorStream(true).start();
      String text = read(process);
      if (process.waitFor() != 0) {
        throw new BackendException.Unavailable(
            "'%s' in %s failed: %s".formatted(shown, folder, text));
      }
    } catch (IOException e) {
      throw new BackendException.Unavailable(
          "'%s' in %s cannot be started: %s".formatted(shown, folder, e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BackendException.Unavailable("'%s' was interrupted".formatted(shown));
    }
  }

  private static ProcessBuilder builder(Path folder, String... command) {
    ProcessBuilder builder =
        new ProcessBuilder(new ArrayList<>(List.of(command))).directory(folder.toFile());
    // Set inside a git hook, they would name another repository.
    builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
    return builder;
  }

  private static String read(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }
}
