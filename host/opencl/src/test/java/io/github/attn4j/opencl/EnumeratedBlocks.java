package io.github.attn4j.opencl;

import io.github.attn4j.core.blockmap.BlockEnumerator;
import io.github.attn4j.core.blockmap.BlockMap;
import io.github.attn4j.core.blockmap.BlockSize;
import io.github.attn4j.core.blockmap.RegionTruth;
import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.ExpressionException;
import io.github.attn4j.core.expression.Preset;
import io.github.attn4j.core.expression.Presets;
import io.github.attn4j.core.expression.Truth;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Block maps whose every block is enumerated, by the device and by Java. */
final class EnumeratedBlocks {
  private static final List<BlockSize> SIZES =
      List.of(new BlockSize(4, 4), new BlockSize(16, 8), BlockSize.STANDARD);

  private EnumeratedBlocks() {}

  /** Presets that no proof decides, one of them beside a window, and random masks. */
  static List<AttentionSpec> specs(int random) {
    List<AttentionSpec> specs = new ArrayList<>();
    AttentionSpec shape =
        AttentionSpec.builder()
            .batch(2)
            .heads(2)
            .lengths(90, 150)
            .queryOffsets(List.of(-20, 60))
            .keyLengths(List.of(150, 71))
            .build();
    for (String id : List.of("dilated", "strided", "fixed", "bigbird")) {
      specs.add(shape.toBuilder().mask(preset(id, shape)).build());
    }
    specs.add(shape.toBuilder().mask(preset("dilated", shape).and(Mask.window(40, 3))).build());
    specs.addAll(drawn(0, random));
    return specs;
  }

  /** Random masks, every other one beside a window; fewer than seeds where a shape refuses some. */
  static List<AttentionSpec> drawn(int firstSeed, int endSeed) {
    return IntStream.range(firstSeed, endSeed)
        .mapToObj(EnumeratedBlocks::drawn)
        .flatMap(Optional::stream)
        .toList();
  }

  private static Mask preset(String id, AttentionSpec shape) {
    Preset preset =
        Presets.all().stream().filter(one -> one.id().equals(id)).findFirst().orElseThrow();
    return Mask.expression(preset.mask(shape.domain(), Map.of()), id);
  }

  private static Optional<AttentionSpec> drawn(int seed) {
    DrawnMask drawn = DrawnMask.of(seed);
    Domain domain = drawn.domain();
    Mask window = seed % 2 == 0 ? Mask.none() : Mask.window(17, seed % 5);
    try {
      return Optional.of(
          AttentionSpec.builder()
              .batch(domain.batch())
              .heads(domain.heads())
              .lengths(domain.queries(), Math.max(1, drawn.allocatedKeys()))
              .queryOffsets(domain.queryOffsets())
              .keyLengths(domain.keyLengths())
              .mask(Mask.expression(drawn.mask()).and(window))
              .build());
    } catch (ExpressionException refused) {
      return Optional.empty(); // certainly wrong for this shape: an overflow, say
    }
  }

  /** What differs between the device's maps and Java's of one spec; empty where nothing does. */
  static List<String> differences(OpenClSession session, AttentionSpec spec) {
    return differences(session, spec, SIZES);
  }

  /** As above, for blocks of some sizes. */
  static List<String> differences(
      OpenClSession session, AttentionSpec spec, List<BlockSize> sizes) {
    List<String> differences = new ArrayList<>();
    for (BlockSize size : sizes) {
      BlockEnumerator java =
          BlockEnumerator.of((b, h, q, p, k) -> spec.visible(b, h, q, k), spec.domain(), size);
      try (DeviceBlockEnumerator device =
          new DeviceBlockEnumerator(session, spec, SequenceWords.of(spec), size, java, 0)) {
        BlockMap onDevice = map(spec, size, device);
        BlockMap inJava = map(spec, size, java);
        if (!onDevice.planes().equals(inJava.planes())
            || device.decidedOnDevice() != onDevice.blocksEnumerated()) {
          differences.add("%s in %s".formatted(spec.label(), size));
        }
      }
    }
    return differences;
  }

  private static final RegionTruth NOTHING_KNOWN =
      (b, h, firstQuery, lastQuery, firstKey, lastKey) -> Truth.MIXED;

  private static BlockMap map(AttentionSpec spec, BlockSize size, BlockEnumerator enumerator) {
    return BlockMap.build(spec.domain(), size, NOTHING_KNOWN, enumerator, true, true);
  }
}
