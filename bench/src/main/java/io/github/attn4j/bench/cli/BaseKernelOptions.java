package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.opencl.GivenKernel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;

/** Of {@code ./attn ab}: the state before of a kernel of the user's, for BASE alone. */
final class BaseKernelOptions {
  private static final String FILE = "--base-kernel-file";
  private static final String DESCRIPTOR = "--base-kernel-descriptor";

  @Option(
      names = FILE,
      paramLabel = "FILE",
      description =
          "What BASE runs instead of --kernel-file, which then is NEW's alone: both files' state"
              + " before and after a change, with one id. BASE and NEW may be one build: attn ab . ."
              + " --base-kernel-file old/my.cl --kernel-file my.cl. May be repeated.")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = DESCRIPTOR,
      paramLabel = "FILE",
      description = "Its descriptor. Default: the file's name with .json.")
  private List<Path> descriptors = new ArrayList<>();

  /** Whether BASE has files of its own. */
  boolean asked() {
    return !files.isEmpty() || !descriptors.isEmpty();
  }

  /**
   * Finds out before a run whether cells of both files would find each other.
   *
   * @param now with the kernels of {@code --kernel-file}
   * @throws IllegalArgumentException naming the ids that differ
   */
  void requireSameKernels(Backends now) {
    if (!asked()) {
      return;
    }
    Set<String> before = ids(read());
    Set<String> after = ids(now.given());
    if (!before.equals(after)) {
      throw new IllegalArgumentException(
          "%s is of %s and %s of %s: give both states of a kernel one id in their descriptors"
              .formatted(FILE, words(before), KernelFileOptions.FILE, words(after)));
    }
  }

  /** BASE's own kernels. */
  List<GivenKernel> read() {
    return KernelFileOptions.read(FILE, files, DESCRIPTOR, descriptors);
  }

  private static Set<String> ids(List<? extends KernelVariant> kernels) {
    return kernels.stream()
        .map(KernelVariant::globalId)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String words(Set<String> ids) {
    return ids.isEmpty() ? "none" : String.join(", ", ids);
  }

  /** The options of BASE's trials. */
  List<String> words() {
    List<String> words = new ArrayList<>();
    files.forEach(file -> words.add(KernelFileOptions.FILE + "=" + file));
    descriptors.forEach(file -> words.add(KernelFileOptions.DESCRIPTOR + "=" + file));
    return words;
  }
}
