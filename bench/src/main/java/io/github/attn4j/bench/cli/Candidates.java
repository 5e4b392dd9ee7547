package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.shape.Mode;
import io.github.attn4j.bench.shape.ShapeList;
import io.github.attn4j.core.cost.TransformerPresets;
import io.github.attn4j.core.cost.TransformerShape;
import io.github.attn4j.core.expression.Preset;
import io.github.attn4j.core.expression.Presets;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.jvm.JavaKernel;
import io.github.attn4j.opencl.OpenClKernel;
import io.github.attn4j.tornado.TornadoKernel;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.stream.Stream;

/**
 * What a shell offers for options' values ({@link CompletionCommand}): a class for each kind, as
 * picocli wants it. Nothing here looks for devices.
 */
final class Candidates {
  private Candidates() {}

  /** Every backend's kernels by global id. */
  static final class Kernels implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.of(ids(OpenClKernel.class), ids(JavaKernel.class), ids(TornadoKernel.class))
          .flatMap(ids -> ids)
          .iterator();
    }

    static <E extends Enum<E> & KernelVariant> Stream<String> ids(Class<E> backend) {
      return EnumSet.allOf(backend).stream().map(KernelVariant::globalId);
    }
  }

  /** OpenCL's alone. */
  static final class OpenClKernels implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Kernels.ids(OpenClKernel.class).iterator();
    }
  }

  /** Masks that have a name. */
  static final class Masks implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.concat(
              Stream.of("full", "causal"),
              Presets.all().stream().filter(preset -> !preset.isScore()).map(Preset::id))
          .distinct()
          .iterator();
    }
  }

  /** Masks and scores that have a name. */
  static final class MasksAndScores implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Presets.all().stream().map(Preset::id).iterator();
    }
  }

  /** Scores that have a name. */
  static final class Scores implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Presets.all().stream().filter(Preset::isScore).map(Preset::id).iterator();
    }
  }

  /** Whole transformers. */
  static final class Transformers implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return TransformerPresets.all().stream().map(TransformerShape::name).iterator();
    }
  }

  /** Shapes of real models' attention. */
  static final class Shapes implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.concat(
              Stream.of(ShapeList.ALL),
              ShapeList.presets().stream().map(shape -> shape.model().replaceFirst(" .*", "")))
          .distinct()
          .iterator();
    }
  }

  /** What benchmarks read. */
  static final class Inputs implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.concat(
              Stream.of(InputSource.MODEL.label()),
              EnumSet.allOf(InputFamily.class).stream().map(InputFamily::label))
          .iterator();
    }
  }

  /** How a server runs attention. */
  static final class Modes implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return EnumSet.complementOf(EnumSet.of(Mode.SWEEP)).stream().map(Mode::label).iterator();
    }
  }
}
