package io.github.attn4j.bench.bundle;

import io.github.attn4j.core.kernel.BackendException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The library that finds OpenCL drivers. A driver's package need not bring one, so a bundle does.
 *
 * @param library its file, symbolic links resolved
 * @param licence the text that its distribution ships with it, where there is one
 */
record OpenClLoader(Path library, Optional<Path> licence) {
  /** What programs ask for. */
  static final String NAME = "libOpenCL.so.1";

  private static final List<String> FOLDERS =
      List.of(
          "/usr/lib/x86_64-linux-gnu",
          "/lib/x86_64-linux-gnu",
          "/usr/lib64",
          "/lib64",
          "/usr/lib",
          "/usr/local/lib");

  /** Of the two loaders that distributions package: ocl-icd and Khronos's own. */
  private static final List<String> LICENCES =
      List.of(
          "/usr/share/doc/ocl-icd-libopencl1/copyright",
          "/usr/share/doc/khronos-opencl-icd/copyright",
          "/usr/share/licenses/ocl-icd/COPYING",
          "/usr/share/licenses/ocl-icd-libopencl1/COPYING",
          "/usr/share/licenses/OpenCL-ICD-Loader/LICENSE",
          "/usr/share/licenses/opencl-icd-loader/LICENSE");

  /**
   * This system's.
   *
   * @throws BackendException.Unavailable saying where it was looked for, if there is none
   */
  static OpenClLoader find() throws IOException {
    List<Path> folders = new ArrayList<>();
    for (String entry : System.getenv().getOrDefault("LD_LIBRARY_PATH", "").split(":", -1)) {
      if (!entry.isEmpty()) {
        folders.add(Path.of(entry));
      }
    }
    FOLDERS.forEach(folder -> folders.add(Path.of(folder)));
    return find(folders, LICENCES.stream().map(Path::of).toList());
  }

  static OpenClLoader find(List<Path> folders, List<Path> licences) throws IOException {
    for (Path folder : folders) {
      Path library = folder.resolve(NAME);
      if (Files.isReadable(library) && isForThisMachine(library)) {
        return new OpenClLoader(
            library.toRealPath(), licences.stream().filter(Files::isReadable).findFirst());
      }
    }
    throw new BackendException.Unavailable(
        "the bundle takes along this system's OpenCL loader, and there is no %s for x86-64 in %s: apt-get install ocl-icd-libopencl1"
            .formatted(NAME, String.join(", ", folders.stream().map(Path::toString).toList())));
  }

  /** Whether it is a 64-bit x86 library: /usr/lib holds 32-bit ones on some systems. */
  private static boolean isForThisMachine(Path library) throws IOException {
    try (InputStream stream = Files.newInputStream(library)) {
      byte[] header = stream.readNBytes(20);
      return header.length == 20
          && header[0] == 0x7f
          && header[1] == 'E'
          && header[2] == 'L'
          && header[3] == 'F'
          && header[4] == 2 // 64 bits
          && header[18] == 62 // EM_X86_64
          && header[19] == 0;
    }
  }
}
