package io.github.attn4j.opencl;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What somebody starts from who brings a kernel: an OpenCL file and its descriptor, which pass
 * {@code ./attn verify} as they stand.
 *
 * @param name of the kernel: its function, its id, its files' stem
 */
public record KernelTemplate(String name) {
  private static final String SOURCE = "kernel-template.cl";
  private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"([^\"]+)\"");
  private static final Pattern WORD = Pattern.compile("\\w+");
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,63}");

  /** In the place of the name in what ships. */
  private static final Pattern PLACE = Pattern.compile("\\bNAME\\b");

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException if it can name no function and file, or begins as those of the
   *     language
   */
  public KernelTemplate {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'%s' names no kernel: small letters, digits and _, a letter first, as in my_variant"
              .formatted(name));
    }
    if (!name.contains("_")) {
      throw new IllegalArgumentException(
          "'%s' may be a word of OpenCL C: join two, as in my_%s".formatted(name, name));
    }
    if (taken().contains(name)) {
      throw new IllegalArgumentException(
          "%s is a name of the suite's headers or of the template already: choose another, as in my_%s"
              .formatted(name, name));
    }
  }

  /** Every name of the program that the template is, with the suite's headers in it. */
  private static Set<String> taken() {
    String template = shipped(SOURCE);
    StringBuilder program = new StringBuilder(template);
    INCLUDE
        .matcher(template)
        .results()
        .forEach(header -> program.append(KernelSource.load(header.group(1))));
    return WORD.matcher(KernelSource.withoutComments(program.toString()))
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toSet());
  }

  /** The kernel's text. */
  public String source() {
    return text(SOURCE);
  }

  /** The descriptor's. */
  public String descriptor() {
    return text("kernel-template.json");
  }

  private String text(String resource) {
    return PLACE.matcher(shipped(resource)).replaceAll(name);
  }

  private static String shipped(String resource) {
    try (InputStream stream = KernelTemplate.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException("the class path has no " + resource);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource, e);
    }
  }

  /** Where the kernel's text goes. */
  public Path sourceFile(Path folder) {
    return folder.resolve(name + ".cl");
  }

  /** Where the descriptor goes. */
  public Path descriptorFile(Path folder) {
    return folder.resolve(name + ".json");
  }

  /**
   * Writes both files, or none where one of them is there.
   *
   * @throws UncheckedIOException naming the file that is there, or that cannot be written
   */
  public void write(Path folder) {
    Path source = sourceFile(folder);
    Path descriptor = descriptorFile(folder);
    try {
      Files.createDirectories(folder);
      for (Path file : new Path[] {source, descriptor}) {
        if (Files.exists(file)) {
          throw new FileAlreadyExistsException(file.toString());
        }
      }
      Files.writeString(source, source(), StandardOpenOption.CREATE_NEW);
      Files.writeString(descriptor, descriptor(), StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      throw new UncheckedIOException(
          "%s is there already, and nobody's work is overwritten: choose another name, another folder (--output), or remove it"
              .formatted(e.getFile()),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write %s and %s (%s)".formatted(source, descriptor, e), e);
    }
  }
}
