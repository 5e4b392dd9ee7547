package io.github.attn4j.jvm;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.layer.AttentionTensors;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;

/** Tensors of layers as attention's Q, K, V and O. */
record BoundArrays(
    AttentionSpec spec,
    LayerArray.Floats q,
    LayerArray.Floats k,
    LayerArray.Floats v,
    LayerArray.Floats o) {

  /** Checks that they are the session's, of the spec's types and large enough. */
  static BoundArrays of(JavaSession session, AttentionSpec spec, AttentionTensors tensors) {
    if (spec.queryType() != ElementType.F32 || spec.keyValueType() != ElementType.F32) {
      throw new IllegalArgumentException(
          "tensors of layers are float32, and the spec has %s beside %s: give it float32"
              .formatted(spec.queryType().label(), spec.keyValueType().label()));
    }
    return new BoundArrays(
        spec,
        own(session, "Q", tensors.q(), spec.queryElements()),
        own(session, "K", tensors.k(), spec.keyElements()),
        own(session, "V", tensors.v(), spec.valueElements()),
        own(session, "O", tensors.o(), spec.outputElements()));
  }

  private static LayerArray.Floats own(
      JavaSession session, String role, DeviceTensor tensor, int required) {
    if (!(tensor instanceof LayerArray.Floats floats) || floats.session() != session) {
      throw new IllegalArgumentException(
          "'%s', given as %s, belongs to another session".formatted(tensor.name(), role));
    }
    if (floats.elements() < required) {
      throw new IllegalArgumentException(
          "'%s' has %,d elements, and the layout of %s reaches to element %,d"
              .formatted(tensor.name(), floats.elements(), role, required));
    }
    floats.requireOpen();
    return floats;
  }

  /** The arrays themselves: what is written to the tensors later is what attention reads. */
  AttentionInputs inputs() {
    return new AttentionInputs(spec, "tensors on the device", q.values(), k.values(), v.values());
  }

  /** Throws where one is closed. */
  void requirePresent() {
    q.requireOpen();
    k.requireOpen();
    v.requireOpen();
    o.requireOpen();
  }
}
