package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.BackendException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What NVIDIA's GPUs would be given, where there is none: clang's nvptx target makes PTX of a
 * program, with libclc in the place of the driver's library, and ptxas, where a CUDA toolkit is
 * installed, machine code of that.
 *
 * @param clang its path
 * @param library libclc's bitcode
 * @param ptxas its path, if there is one
 */
record Nvptx(Path clang, Path library, Optional<Path> ptxas) {
  private static final String CLANG = "clang-15";
  private static final Path LIBRARY = Path.of("/usr/lib/clc/nvptx64--nvidiacl.bc");
  private static final long LIMIT_SECONDS = 120;

  /**
   * The installed one.
   *
   * @throws BackendException.Unavailable if there is none, saying what installs it
   */
  static Nvptx find() {
    Optional<Path> clang = onPath(CLANG);
    if (clang.isEmpty() || !Files.exists(LIBRARY)) {
      throw new BackendException.Unavailable(
          "no %s: apt-get install clang-15 libclc-15"
              .formatted(clang.isEmpty() ? CLANG + " on PATH" : LIBRARY));
    }
    return new Nvptx(clang.get(), LIBRARY, onPath("ptxas"));
  }

  private static Optional<Path> onPath(String executable) {
    return List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)).stream()
        .map(folder -> Path.of(folder.isEmpty() ? "." : folder).resolve(executable))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Compiles a program.
   *
   * @param source OpenCL C, headers in place
   * @param options as OpenCL's build takes them, separated by spaces
   * @param folder for the files in between
   * @throws AssertionError if the compiler refuses it, with what it says
   */
  Ptx compile(String source, String options, Path folder) {
    try {
      Path input = Files.createTempFile(folder, "program", ".cl");
      Path output = input.resolveSibling(input.getFileName() + ".ptx");
      Files.writeString(input, source);
      List<String> command = new ArrayList<>(List.of(clang.toString(), "-x", "cl"));
      command.addAll(List.of(options.strip().split(" +")));
      // OpenCL's inline is C99's, as drivers compile it: what is neither static nor inlined has no
      // definition, and ptxas says so.
      command.addAll(
          List.of("-target", "nvptx64-nvidia-nvcl", "-Xclang", "-target-cpu", "-Xclang", "sm_80"));
      command.addAll(
          List.of("-Xclang", "-mlink-builtin-bitcode", "-Xclang", library.toString(), "-O3"));
      command.addAll(List.of("-Dcl_clang_storage_class_specifiers", "-include", "clc/clc.h"));
      command.addAll(
          List.of("-Wno-linker-warnings", "-S", "-o", output.toString(), input.toString()));
      run(command, folder);
      return new Ptx(Files.readString(output));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot compile in " + folder, e);
    }
  }

  /**
   * What ptxas makes of PTX on an H100 or H200.
   *
   * @throws AssertionError if it refuses the PTX, with what it says
   */
  List<Ptx.Assembled> assemble(Ptx ptx, Path folder) {
    return assemble(ptx, "sm_90", folder);
  }

  /**
   * What ptxas makes of PTX for an architecture.
   *
   * @throws AssertionError if it refuses the PTX, with what it says
   */
  List<Ptx.Assembled> assemble(Ptx ptx, String architecture, Path folder) {
    try {
      Path input = Files.createTempFile(folder, "program", ".ptx");
      Files.writeString(input, ptx.text());
      return Ptx.Assembled.parse(
          run(
              List.of(
                  ptxas.orElseThrow().toString(),
                  "-arch=" + architecture,
                  "-v",
                  "-o",
                  "/dev/null",
                  input.toString()),
              folder));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot assemble in " + folder, e);
    }
  }

  private static String run(List<String> command, Path folder) throws IOException {
    Path log = Files.createTempFile(folder, "tool", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().remove("LD_PRELOAD"); // the JVM's signal chaining is nothing to them
    Process process = builder.start();
    try {
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            "%s takes more than %d s".formatted(String.join(" ", command), LIMIT_SECONDS));
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a compiler ran", e);
    }
    String output = Files.readString(log);
    if (process.exitValue() != 0) {
      throw new AssertionError("%s%n%s".formatted(String.join(" ", command), output));
    }
    return output;
  }
}
