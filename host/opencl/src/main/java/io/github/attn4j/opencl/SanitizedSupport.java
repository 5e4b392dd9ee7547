package io.github.attn4j.opencl;

import io.github.attn4j.core.blockmap.BlockEnumerator;
import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.blockmap.RegionTruth;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.Truth;
import io.github.attn4j.core.kernel.BandwidthTarget;
import io.github.attn4j.core.kernel.CacheShape;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.layer.LayerCase;
import io.github.attn4j.core.layer.LayerComparison;
import io.github.attn4j.core.layer.LayerGrid;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The kernels around attention, for {@link Oclgrind}: each of kernels/opencl/support and
 * kernels/opencl/layers with launches small enough for an interpreter, whose results are checked.
 */
public enum SanitizedSupport {
  /** Blocks of masks, enumerated by the device and by Java. */
  BLOCK_KINDS {
    @Override
    List<Check> checks(OpenClSession session) {
      AttentionSpec shape =
          AttentionSpec.builder()
              .batch(2)
              .lengths(19, 27)
              .queryOffsets(List.of(-3, 8))
              .keyLengths(List.of(27, 13))
              .dim(8)
              .build();
      return List.of(
          blocks(session, shape, mask("(p + k) % 3 == 0")),
          blocks(session, shape, mask("k * k <= p * 7 || k >= 40")),
          blocks(session, shape, mask("(p * 5 + k) % 4 != 1").and(Mask.window(9, 2))),
          blocks(session, shape, mask("q < 8 && k % 2 == b % 2")));
    }

    private Check blocks(OpenClSession session, AttentionSpec shape, Mask mask) {
      AttentionSpec spec = shape.toBuilder().mask(mask).build();
      return new Check(spec.label(), () -> sameBlocks(session, spec));
    }
  },

  /** Sums of buffers of a few sizes, in every shape. */
  READ_BANDWIDTH {
    @Override
    List<Check> checks(OpenClSession session) {
      List<Long> sizes = List.of(16L, 8_192L, 8_208L);
      return List.of(
          new Check(
              "sums",
              () -> {
                List<BandwidthTarget> targets =
                    List.of(new BandwidthTarget("small", sizes.getLast(), ""));
                try (ReadBandwidth bandwidth =
                    new ReadBandwidth(session, targets, new TimedLaunch(16, 8))) {
                  for (ReadBandwidth.Shape shape : ReadBandwidth.Shape.values()) {
                    for (long bytes : sizes) {
                      bandwidth.launchNanos(shape, bytes, 2); // throws if the sum is wrong
                    }
                  }
                }
                return true;
              }));
    }
  },

  /** One launch of every shape, of few steps. */
  FMA_CEILING {
    @Override
    List<Check> checks(OpenClSession session) {
      return List.of(
          new Check(
              "shapes",
              () -> {
                try (FmaCeiling ceiling = new FmaCeiling(session, 32)) {
                  ceiling.launchEach();
                }
                return true;
              }));
    }
  },

  /** Rows that are appended to a cache, taken back and shared, in each kind of type. */
  APPEND_KV {
    @Override
    List<Check> checks(OpenClSession session) {
      return List.of(
          appends(session, ElementType.F32, 0),
          appends(session, ElementType.F16, 1),
          appends(session, ElementType.BF16, 0),
          appends(session, ElementType.I8, 0),
          appends(session, ElementType.I8, 3),
          appends(session, ElementType.F8E4M3, 0),
          appends(session, ElementType.F8E4M3, 3),
          new Check("extremes", () -> extremes(session)),
          new Check("on from codes", () -> onFromCodes(session)));
    }

    /** Of a run that was whole only codes are left where rows of it are taken back. */
    private boolean onFromCodes(OpenClSession session) {
      CacheShape shape = new CacheShape(1, 4, 4, ElementType.I8, 16, 3, 1);
      CacheModel model = new CacheModel(shape);
      try (OpenClCache cache = (OpenClCache) session.openCache(shape)) {
        for (int rows : new int[] {20, 3}) {
          float[] k = CacheHistory.normal(new Random(rows), 4 * rows);
          float[] v = CacheHistory.normal(new Random(-rows), 4 * rows);
          cache.append(0, k, v);
          model.append(0, k, v);
          cache.truncate(0, 10);
          model.truncate(0, 10);
        }
        CacheHistory.requireSameRows(cache, model, 0);
      }
      return true;
    }

    private Check appends(OpenClSession session, ElementType type, int seed) {
      return new Check(
          type.label() + " " + seed,
          () -> {
            CacheShape shape = new CacheShape(2, 8, 5, type, 16, 7, 3);
            try (CacheHistory history = new CacheHistory(session, shape, seed)) {
              history.play(6);
              history.requireSameRows();
            }
            return true;
          });
    }

    /** Zeros, the smallest and the largest numbers, and what is none. */
    private boolean extremes(OpenClSession session) {
      CacheShape shape = new CacheShape(1, 4, 4, ElementType.F8E4M3, 16, 2, 1);
      CacheModel model = new CacheModel(shape);
      float[] k = new float[16 * 4];
      float[] v = new float[16 * 4];
      float[] extremes = {
        0, Float.MIN_VALUE, Float.MAX_VALUE, -Float.MAX_VALUE, Float.NaN, Float.NEGATIVE_INFINITY
      };
      for (int i = 0; i < extremes.length; i++) {
        k[9 * i] = extremes[i];
      }
      try (OpenClCache cache = (OpenClCache) session.openCache(shape)) {
        cache.append(0, k, v);
        model.append(0, k, v);
        CacheHistory.requireSameRows(cache, model, 0);
      }
      return true;
    }
  },

  /** Products with bias, and GELU, in the blocks of a CPU or of a GPU. */
  MATMUL(OpenClLayer.MATMUL),

  /** Normalised rows, with a residual and without. */
  LAYER_NORM(OpenClLayer.LAYER_NORM),

  /** Sums of rows of one table, of two and of three. */
  EMBEDDING(OpenClLayer.EMBEDDING),

  /** Rotated heads in rows that hold more. */
  ROTARY(OpenClLayer.ROTARY),

  /** Products with a table of words. */
  UNEMBEDDING(OpenClLayer.UNEMBEDDING);

  private static final RegionTruth NOTHING_KNOWN =
      (b, h, firstQuery, lastQuery, firstKey, lastKey) -> Truth.MIXED;

  /** A part of a subject: what it is, and whether its result is right. */
  record Check(String name, Right right) {
    /** Throws, too, where it is not. */
    interface Right {
      boolean test();
    }
  }

  private final @Nullable OpenClLayer layer;

  SanitizedSupport() {
    this(null);
  }

  SanitizedSupport(@Nullable OpenClLayer layer) {
    this.layer = layer;
  }

  /** Of a layer: its part of the grid, in tensors that end where the last row does. */
  List<Check> checks(OpenClSession session) {
    if (layer == null) {
      throw new IllegalStateException(this + " has no checks of its own");
    }
    return LayerGrid.unguarded(layer.id()).stream()
        .map(one -> new Check(one.label(), () -> rightWithin(session, one)))
        .toList();
  }

  private static boolean rightWithin(OpenClSession session, LayerCase one) {
    LayerComparison comparison = one.check(session.layers());
    if (!comparison.passed()) {
      throw new AssertionError(comparison.toString());
    }
    return true;
  }

  /** Below kernels/opencl. */
  public String file() {
    return layer == null ? "support/" + name().toLowerCase(Locale.ROOT) + ".cl" : layer.file();
  }

  /**
   * Whether reads of what was never written are looked for: not where a launch reads what another
   * one wrote, which Oclgrind forgets. A layer's case is one launch.
   */
  boolean checksUninitialized() {
    return layer != null || this == BLOCK_KINDS || this == FMA_CEILING;
  }

  /** Prints the device, a line for each check, and how many were right. */
  void run(Path programs, SanitizedDevice taken, UnaryOperator<String> sources, PrintStream out) {
    OpenClBackend backend = new OpenClBackend(programs);
    int right = 0;
    int all = 0;
    try (OpenClSession session =
        backend.openSession(
            taken.describe(backend.devices().getFirst()), Tunings.OF_THE_KERNELS, sources)) {
      out.println("device " + session.device().name());
      for (Check check : checks(session)) {
        all++;
        boolean passed = passes(check, out);
        out.println("case " + check.name() + ": " + (passed ? "passed" : "wrong"));
        right += passed ? 1 : 0;
      }
    }
    out.printf("right: %d of %d, unsupported 0%n", right, all);
  }

  /** A wrong one is told and the others go on. */
  private static boolean passes(Check check, PrintStream out) {
    try {
      return check.right().test();
    } catch (RuntimeException | AssertionError e) {
      out.println(e);
      return false;
    }
  }

  private static Mask mask(String text) {
    return Mask.expression(MaskExpression.parse(text));
  }

  private static boolean sameBlocks(OpenClSession session, AttentionSpec spec) {
    BlockSize size = new BlockSize(16, 8);
    BlockEnumerator java =
        BlockEnumerator.of((b, h, q, p, k) -> spec.visible(b, h, q, k), spec.domain(), size);
    try (DeviceBlockEnumerator device =
        new DeviceBlockEnumerator(session, spec, SequenceWords.of(spec), size, java, 0)) {
      BlockMap onDevice = map(spec, size, device);
      return onDevice.planes().equals(map(spec, size, java).planes())
          && device.decidedOnDevice() == onDevice.blocksEnumerated();
    }
  }

  private static BlockMap map(AttentionSpec spec, BlockSize size, BlockEnumerator enumerator) {
    return BlockMap.build(spec.domain(), size, NOTHING_KNOWN, enumerator, true, true);
  }
}
