package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.opencl.GivenKernel;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Options that bring a kernel of the user's: an OpenCL file and its descriptor. */
final class KernelFileOptions {
  static final String FILE = "--kernel-file";
  static final String DESCRIPTOR = "--kernel-descriptor";

  @Option(
      names = FILE,
      paramLabel = "FILE",
      description =
          "An OpenCL kernel of your own, held to the same checks as the suite's"
              + " (docs/your-own-kernel.md; ./attn new-kernel writes one to start from). Its id is"
              + " file:NAME; it runs alone, or beside what --kernel names. May be repeated.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = DESCRIPTOR,
      paramLabel = "FILE",
      description =
          "What that file is: JSON with its launches, macros, tuning and what it supports. Default:"
              + " the file's name with .json.")
  private List<Path> descriptors = new ArrayList<>();

  /**
   * The backends with the kernels of the files; says which they are.
   *
   * @throws IllegalArgumentException where options or a descriptor make no sense
   * @throws java.io.UncheckedIOException where a file cannot be read
   */
  Backends addTo(Backends backends, PrintWriter out) {
    Backends with = addTo(backends);
    with.given().forEach(out::println);
    out.flush();
    return with;
  }

  /** The same without a word. */
  Backends addTo(Backends backends) {
    return backends.with(read());
  }

  /** The kernels of the files alone. */
  List<GivenKernel> read() {
    return read(FILE, files, DESCRIPTOR, descriptors);
  }

  /**
   * The kernels of files.
   *
   * @param fileOption what gave the files
   * @param descriptorOption what gave the descriptors: one for each file, or none
   */
  static List<GivenKernel> read(
      String fileOption, List<Path> files, String descriptorOption, List<Path> descriptors) {
    if (!descriptors.isEmpty() && descriptors.size() != files.size()) {
      throw new IllegalArgumentException(
          "%s: %d of %s and %d of %s: one for each file, in their order, or none for the files' names with .json"
              .formatted(
                  descriptorOption,
                  files.size(),
                  fileOption,
                  descriptors.size(),
                  descriptorOption));
    }
    List<GivenKernel> kernels = new ArrayList<>();
    for (int index = 0; index < files.size(); index++) {
      Path file = files.get(index);
      kernels.add(
          GivenKernel.read(file, descriptors.isEmpty() ? beside(file) : descriptors.get(index)));
    }
    return kernels;
  }

  /**
   * The one kernel of the files, where no other was named.
   *
   * @throws IllegalArgumentException where there is none or more than one
   */
  KernelVariant only(Backends backends) {
    if (backends.given().size() != 1) {
      throw new IllegalArgumentException(
          "name a kernel, such as opencl:flash, or one by %s".formatted(FILE));
    }
    return backends.given().getFirst();
  }

  /** The words of a command, and the files behind them where the kernel is one of theirs. */
  List<String> with(String kernel, String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    if (kernel.startsWith(GivenKernel.PREFIX)) {
      files.forEach(file -> all.addAll(List.of(FILE, file.toString())));
      descriptors.forEach(file -> all.addAll(List.of(DESCRIPTOR, file.toString())));
    }
    return all;
  }

  private static Path beside(Path file) {
    String name = file.getFileName().toString();
    return file.resolveSibling(name.replaceFirst("\\.[^.]*$", "") + ".json");
  }
}
