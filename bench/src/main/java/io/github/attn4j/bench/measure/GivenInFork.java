package io.github.attn4j.bench.measure;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.opencl.GivenKernel;
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
    return new Backends()
        .with(
            List.of(
                GivenKernel.readAgain(
                    shortened(Path.of(URI.create(file))),
                    shortened(Path.of(URI.create(descriptor))),
                    System.getProperty(DIGEST, ""))));
  }

  /** As the user may have written it: a log names the file so. */
  private static Path shortened(Path file) {
    Path here = Path.of("").toAbsolutePath();
    return file.startsWith(here) ? here.relativize(file) : file;
  }
}
