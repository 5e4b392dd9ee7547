package io.github.attn4j.opencl;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What the process under the sanitizer runs. Arguments: a folder for compiled programs, a kernel's
 * id, and, for a planted bug, a text of its source and the replacement.
 */
public final class SanitizedRun {
  private SanitizedRun() {}

  /** Prints the device, a line for each case and how many were right. */
  public static void main(String[] arguments) {
    OpenClKernel kernel = null;
    for (OpenClKernel candidate : OpenClKernel.values()) {
      if (candidate.id().equals(arguments[1])) {
        kernel = candidate;
      }
    }
    if (kernel == null) {
      throw new IllegalArgumentException("no kernel " + arguments[1]);
    }
    UnaryOperator<String> sources =
        arguments.length > 2
            ? PlantedSource.replacing(arguments[2], arguments[3])
            : KernelSource::load;
    int passed = 0;
    List<AttentionSpec> specs = specs();
    try (OpenClSession session = open(Path.of(arguments[0]), sources)) {
      System.out.println("device " + session.device().name());
      for (AttentionSpec spec : specs) {
        if (kernel.supports(spec, session.device()) instanceof Support.No no) {
          throw new IllegalStateException(spec.label() + ": " + no.reason());
        }
        AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.POISON_NAN, 7);
        Evaluation evaluation = Evaluator.evaluate(session, kernel, inputs, Expected.of(inputs));
        System.out.println(spec.label() + ": " + evaluation);
        passed += evaluation instanceof Evaluation.Passed ? 1 : 0;
      }
    }
    System.out.println("right: " + passed + " of " + specs.size());
  }

  /**
   * A session that writes to buffers instead of mapping them: staging then goes the way of devices
   * with memory of their own, which no other test here reaches.
   */
  private static OpenClSession open(Path programs, UnaryOperator<String> sources) {
    OpenClBackend backend = new OpenClBackend(programs);
    DeviceInfo info = backend.devices().getFirst();
    OpenClDevice found;
    try (OpenClSession session = backend.openSession(info)) {
      found = session.openClDevice();
    }
    OpenClDevice written =
        new OpenClDevice(
            found.platform(),
            found.id(),
            found.platformName(),
            found.name(),
            found.vendor(),
            found.driver(),
            found.version(),
            found.kind(),
            found.computeUnits(),
            found.globalBytes(),
            found.largestBufferBytes(),
            false);
    return new OpenClSession(written, info, new ProgramCache(programs), sources);
  }

  /** Tails, masks, batches and groups, as small as an interpreter of kernels needs them. */
  private static List<AttentionSpec> specs() {
    List<AttentionSpec> specs = new ArrayList<>();
    specs.add(small(1, 1).build());
    specs.add(small(17, 17).build());
    specs.add(small(16, 16).mask(Mask.causal()).build());
    specs.add(small(49, 7).build());
    specs.add(small(3, 70).mask(Mask.causal()).build());
    specs.add(small(20, 9).mask(Mask.causal()).topLeft().build());
    specs.add(small(18, 30).mask(Mask.window(5, 0)).build());
    specs.add(small(12, 33).mask(Mask.window(3, 2)).softCap(20).build());
    specs.add(small(9, 21).batch(3).keyLengths(List.of(21, 0, 5)).mask(Mask.causal()).build());
    specs.add(small(5, 9).heads(4, 2).batch(2).build());
    specs.add(small(5, 9).heads(3, 1).bshd().build());
    boolean[] visible = new boolean[2 * 10 * 19];
    float[] biases = new float[10 * 19];
    for (int i = 0; i < visible.length; i++) {
      visible[i] = i % 3 != 0;
    }
    for (int i = 0; i < biases.length; i++) {
      biases[i] = i % 5 == 0 ? Float.NEGATIVE_INFINITY : 0.1f * (i % 7);
    }
    Mask bool = new Mask.DenseBoolean(DenseMask.ofBooleans(1, 2, 10, 19, visible));
    Mask additive = new Mask.DenseAdditive(DenseMask.ofFloats(1, 1, 10, 19, biases));
    specs.add(small(10, 19).heads(2).mask(bool).build());
    specs.add(small(10, 19).heads(2).mask(additive.and(Mask.causal())).build());
    specs.add(small(7, 11).dim(40).mask(Mask.causal()).build());
    specs.add(
        small(6, 13)
            .dims(8, 40)
            .heads(2)
            .layouts(
                Layout.padded(2, 6, 8, 3, 2, 1),
                Layout.padded(2, 13, 8, 1, 3, 1),
                Layout.padded(2, 13, 40, 2, 1, 1),
                Layout.padded(2, 6, 40, 5, 1, 2))
            .build());
    return specs;
  }

  private static AttentionSpecBuilder small(int queries, int keys) {
    return AttentionSpec.builder().lengths(queries, keys).dim(8);
  }
}
