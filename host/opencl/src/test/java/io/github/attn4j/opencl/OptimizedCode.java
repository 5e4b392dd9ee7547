package io.github.attn4j.opencl;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What clang's optimizer makes of a program, as LLVM's text: two programs with the same one compute
 * the same (Papadakis et al., "Trivial compiler equivalence", 2015).
 *
 * @param clang its path
 */
record OptimizedCode(Path clang) {
  private static final String CLANG = "clang-15";

  /** The installed one, if there is one. */
  static Optional<OptimizedCode> find() {
    return List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)).stream()
        .map(folder -> Path.of(folder.isEmpty() ? "." : folder).resolve(CLANG))
        .filter(Files::isExecutable)
        .findFirst()
        .map(OptimizedCode::new);
  }

  /**
   * Compiles a program.
   *
   * @param options as OpenCL's build takes them, separated by spaces
   * @throws IllegalStateException if the compiler refuses it
   */
  String of(String source, String options) throws IOException {
    List<String> command = new ArrayList<>(List.of(clang.toString(), "-x", "cl"));
    command.addAll(List.of(options.strip().split(" +")));
    command.addAll(List.of("-target", "spir64", "-w", "-O2", "-S", "-emit-llvm", "-o", "-", "-"));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().remove("LD_PRELOAD"); // the JVM's signal chaining is nothing to it
    Process process = builder.start();
    // It reads all before it writes: neither waits for the other.
    try (var input = process.outputWriter(StandardCharsets.UTF_8)) {
      input.write(source);
    }
    String code = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " refuses the program");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a compiler ran", e);
    }
    return code;
  }
}
