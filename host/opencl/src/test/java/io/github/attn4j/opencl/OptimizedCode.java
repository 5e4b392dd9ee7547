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
   * @return empty if the compiler refuses it
   */
  Optional<String> of(String source, String options) throws IOException {
    return compiled(source, options, List.of());
  }

  /**
   * Compiles a program without its hints to the cache, and so without what is computed for them
   * alone: "they do not affect the functional behavior of the kernel" (OpenCL C 1.2, 6.12.10,
   * prefetch).
   */
  Optional<String> withoutHints(String source, String options) throws IOException {
    return compiled(source, options, List.of("-D__builtin_prefetch(address,kind,level)=((void)0)"));
  }

  private Optional<String> compiled(String source, String options, List<String> defines)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(clang.toString(), "-x", "cl"));
    command.addAll(List.of(options.strip().split(" +")));
    command.add("-DPOCL_DEVICE_ADDRESS_BITS=64"); // the lines that PoCL compiles
    command.addAll(defines);
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
      return process.waitFor() == 0 ? Optional.of(code) : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a compiler ran", e);
    }
  }
}
