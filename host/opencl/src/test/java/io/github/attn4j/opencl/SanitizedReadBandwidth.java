package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.BandwidthTarget;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;

/** What {@link Oclgrind} runs in a process of its own: every shape over a few small sizes. */
public final class SanitizedReadBandwidth {
  private static final List<Long> SIZES = List.of(16L, 8_192L, 8_208L);

  private SanitizedReadBandwidth() {}

  /** Arguments: a folder for compiled programs, then none, or a text and its replacement. */
  public static void main(String[] arguments) {
    UnaryOperator<String> sources =
        arguments.length > 1
            ? PlantedSource.replacing(arguments[1], arguments[2])
            : KernelSource::load;
    OpenClBackend backend = new OpenClBackend(Path.of(arguments[0]));
    int cases = 0;
    int right = 0;
    try (OpenClSession session = backend.openSession(backend.devices().getFirst(), sources);
        ReadBandwidth bandwidth =
            new ReadBandwidth(
                session,
                List.of(new BandwidthTarget("small", SIZES.getLast(), "")),
                new TimedLaunch(16, 8))) {
      System.out.println("device " + session.device().name());
      for (ReadBandwidth.Shape shape : ReadBandwidth.Shape.values()) {
        for (long bytes : SIZES) {
          cases++;
          bandwidth.launchNanos(shape, bytes, 2); // throws if the sum is wrong
          right++;
        }
      }
    }
    System.out.printf("right: %d of %d, unsupported 0%n", right, cases);
  }
}
