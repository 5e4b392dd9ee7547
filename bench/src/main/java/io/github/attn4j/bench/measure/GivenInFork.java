package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.opencl.GivenKernel;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/**
 * A kernel that a user brings, on its way into the fork: its files, and the digest of what the
 * parent read. A file that was saved in the meantime is another kernel, and has no place in this
 * run's report.
 */
final class GivenInFork {
  private static final String FILE = "attn.cell.kernel.file";
  private static final String DESCRIPTOR = "attn.cell.kernel.descriptor";
  private static final String DIGEST = "attn.cell.kernel.digest";

  private GivenInFork() {}

  /** As URIs, since a space may not survive on the way there. */
  static List<String> jvmArguments(GivenKernel kernel) {
    return List.of(
        "-D" + FILE + "=" + kernel.file().toUri(),
        "-D" + DESCRIPTOR + "=" + kernel.descriptorFile().toUri(),
        "-D" + DIGEST + "=" + kernel.sourceDigest());
  }

  /**
   * In the fork: the backends, with the kernel that the parent named, if it did.
   *
   * @throws BackendException.LaunchFailed where its files are no longer what the parent read
   */
  static Backends backends() {
    String file = System.getProperty(FILE);
    String descriptor = System.getProperty(DESCRIPTOR);
    if (file == null || descriptor == null) {
      return new Backends();
    }
    GivenKernel kernel = read(Path.of(URI.create(file)), Path.of(URI.create(descriptor)));
    if (!kernel.sourceDigest().equals(System.getProperty(DIGEST))) {
      throw changed(kernel.file(), kernel.descriptorFile(), "they have another digest");
    }
    return new Backends().with(List.of(kernel));
  }

  private static GivenKernel read(Path file, Path descriptor) {
    try {
      return GivenKernel.read(shortened(file), shortened(descriptor));
    } catch (UncheckedIOException | InvalidFileException | IllegalArgumentException e) {
      throw changed(file, descriptor, String.valueOf(e.getMessage()));
    }
  }

  /** As the user may have written it: a log names the file so. */
  private static Path shortened(Path file) {
    Path here = Path.of("").toAbsolutePath();
    return file.startsWith(here) ? here.relativize(file) : file;
  }

  private static BackendException.LaunchFailed changed(Path file, Path descriptor, String how) {
    return new BackendException.LaunchFailed(
        "%s or %s has changed since the run began (%s): leave them alone while it measures, and run it again"
            .formatted(file, descriptor, how));
  }
}
