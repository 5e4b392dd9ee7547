package io.github.attn4j.opencl;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.layer.AttentionTensors;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import org.jocl.cl_mem;

/** Tensors of layers as attention's Q, K, V and O. */
record BoundTensors(
    LayerBuffer.Floats q, LayerBuffer.Floats k, LayerBuffer.Floats v, LayerBuffer.Floats o) {

  /** Checks that they are the session's, of the spec's types and large enough. */
  static BoundTensors of(OpenClSession session, AttentionSpec spec, AttentionTensors tensors) {
    if (spec.queryType() != ElementType.F32 || spec.keyValueType() != ElementType.F32) {
      throw new IllegalArgumentException(
          "tensors of layers are float32, and the spec has %s beside %s: give it float32"
              .formatted(spec.queryType().label(), spec.keyValueType().label()));
    }
    return new BoundTensors(
        own(session, "Q", tensors.q(), spec.queryElements()),
        own(session, "K", tensors.k(), spec.keyElements()),
        own(session, "V", tensors.v(), spec.valueElements()),
        own(session, "O", tensors.o(), spec.outputElements()));
  }

  private static LayerBuffer.Floats own(
      OpenClSession session, String role, DeviceTensor tensor, int required) {
    if (!(tensor instanceof LayerBuffer.Floats floats) || floats.session() != session) {
      throw new IllegalArgumentException(
          "'%s', given as %s, belongs to another session".formatted(tensor.name(), role));
    }
    if (floats.elements() < required) {
      throw new IllegalArgumentException(
          "'%s' has %,d elements, and the layout of %s reaches to element %,d"
              .formatted(tensor.name(), floats.elements(), role, required));
    }
    floats.memory(); // throws where it is closed
    return floats;
  }

  /** Of Q, K or V, by their place among a kernel's arguments. */
  cl_mem buffer(int index) {
    return switch (index) {
      case 0 -> q.memory();
      case 1 -> k.memory();
      default -> v.memory();
    };
  }

  /** Throws where one is closed. */
  void requirePresent() {
    q.memory();
    k.memory();
    v.memory();
    o.memory();
  }

  /** What is in them now. */
  AttentionInputs read(AttentionSpec spec) {
    return new AttentionInputs(
        spec,
        "tensors on the device",
        q.read(spec.queryElements()),
        k.read(spec.keyElements()),
        v.read(spec.valueElements()));
  }
}
