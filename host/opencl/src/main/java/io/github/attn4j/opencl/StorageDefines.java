package io.github.attn4j.opencl;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.Map;
import java.util.TreeMap;

/** What element_types.clh and places.clh are built with: the types of tensors, and pages. */
final class StorageDefines {
  private StorageDefines() {}

  /** Macros that differ from their defaults: a program for float32 in padded rows has none. */
  static Map<String, Integer> of(AttentionSpec spec) {
    Map<String, Integer> defines = new TreeMap<>();
    if (spec.queryType() != ElementType.F32) {
      defines.put("QUERY_TYPE", number(spec.queryType()));
    }
    if (spec.keyValueType() != ElementType.F32) {
      defines.put("KV_TYPE", number(spec.keyValueType()));
    }
    if (spec.keyPlacement() instanceof RowPlacement.Paged) {
      defines.put("PAGED", 1);
    }
    return defines;
  }

  /** The value of a type's ELEMENT_ macro. */
  static int number(ElementType type) {
    return switch (type) {
      case F32 -> 0;
      case F16 -> 1;
      case BF16 -> 2;
      case I8 -> 3;
      case F8E4M3 -> 4;
    };
  }
}
