package io.github.attn4j.opencl;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The arguments why some mutants compute what the kernel does, in {@code equivalent-mutants.tsv}: a
 * kernel, a mutant's id, and why no input can tell them apart.
 */
final class EquivalentMutants {
  static final String FILE = "equivalent-mutants.tsv";

  /** A word is no argument. */
  private static final int SHORTEST_ARGUMENT = 40;

  private EquivalentMutants() {}

  /** From a mutant's id to the argument. */
  static Map<String, String> of(OpenClKernel kernel) {
    try (InputStream stream = EquivalentMutants.class.getResourceAsStream(FILE)) {
      if (stream == null) {
        throw new IllegalStateException("the tests' class path has no " + FILE);
      }
      Map<String, String> arguments = new LinkedHashMap<>();
      for (String line :
          new String(stream.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        String[] parts = line.split("\t", -1);
        if (parts.length != 3 || parts[2].length() < SHORTEST_ARGUMENT) {
          throw new IllegalStateException(
              "%s: not kernel, id and an argument: %s".formatted(FILE, line));
        }
        if (parts[0].equals(kernel.id()) && arguments.put(parts[1], parts[2]) != null) {
          throw new IllegalStateException("%s argues %s twice".formatted(FILE, parts[1]));
        }
      }
      return arguments;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + FILE, e);
    }
  }
}
