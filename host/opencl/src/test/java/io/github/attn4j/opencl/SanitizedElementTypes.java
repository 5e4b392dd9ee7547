package io.github.attn4j.opencl;

import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/** What {@link Oclgrind} runs in a process of its own: loads and stores of every type. */
public final class SanitizedElementTypes {
  /** Of the patterns that are stored; the interpreter takes too long for all. */
  private static final int STRIDE = 97;

  private SanitizedElementTypes() {}

  /** Arguments: a folder for compiled programs, then none, or a text and its replacement. */
  public static void main(String[] arguments) {
    UnaryOperator<String> planted =
        arguments.length > 1
            ? text -> text.replace(arguments[1], arguments[2])
            : UnaryOperator.identity();
    OpenClBackend backend = new OpenClBackend(Path.of(arguments[0]));
    System.out.println("device " + backend.devices().getFirst().name());
    int right = 0;
    for (StoredType type : StoredType.values()) {
      List<String> differences =
          ElementConversions.differences(
              sources -> backend.openSession(backend.devices().getFirst(), sources),
              type,
              STRIDE,
              planted);
      differences.stream().limit(10).forEach(System.out::println);
      right += differences.isEmpty() ? 1 : 0;
    }
    System.out.printf("right: %d of %d, unsupported 0%n", right, StoredType.values().length);
  }
}
