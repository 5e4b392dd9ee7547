package io.github.attn4j.opencl;

import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.spec.AttentionSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/** What {@link Oclgrind} runs in a process of its own: blocks enumerated by the device. */
public final class SanitizedBlockKinds {
  /** Few, as the interpreter takes seconds for each; this size cuts both edges of most shapes. */
  private static final int MASKS = 5;

  private static final List<BlockSize> SIZES = List.of(new BlockSize(16, 8));

  private SanitizedBlockKinds() {}

  /** Arguments: a folder for compiled programs, then none, or a text and its replacement. */
  public static void main(String[] arguments) {
    UnaryOperator<String> sources =
        arguments.length > 1
            ? PlantedSource.replacing(arguments[1], arguments[2])
            : KernelSource::load;
    OpenClBackend backend = new OpenClBackend(Path.of(arguments[0]));
    List<AttentionSpec> specs = EnumeratedBlocks.drawn(0, MASKS);
    int right = 0;
    try (OpenClSession session = backend.openSession(backend.devices().getFirst(), sources)) {
      System.out.println("device " + session.device().name());
      for (AttentionSpec spec : specs) {
        List<String> differences = EnumeratedBlocks.differences(session, spec, SIZES);
        differences.forEach(System.out::println);
        right += differences.isEmpty() ? 1 : 0;
      }
    }
    System.out.printf("right: %d of %d, unsupported 0%n", right, specs.size());
  }
}
