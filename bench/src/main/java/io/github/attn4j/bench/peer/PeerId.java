package io.github.attn4j.bench.peer;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Every rival by name, whether or not its libraries are there. Names its class as text, since the
 * class is in a module that this one is compiled without.
 */
public enum PeerId {
  /** libtorch's scaled_dot_product_attention as it is called. */
  TORCH("TorchPeer", false),
  /** The same over grouped heads, the queries of a group folded into one head's rows. */
  TORCH_FOLDED("TorchPeer", true),
  /** libtorch's over half precision, by way of float32: conversions and all. */
  TORCH_VIA_F32("TorchViaF32Peer", false),
  /** The same over grouped heads, folded. */
  TORCH_VIA_F32_FOLDED("TorchViaF32Peer", true),
  /** ONNX Runtime's own operator MultiHeadAttention. */
  ONNXRUNTIME("OnnxRuntimePeer", false),
  /** ONNX Runtime's implementation of the standard's operator Attention. */
  ONNXRUNTIME_ATTENTION("OnnxAttentionPeer", false),
  /** The same over grouped heads, folded. */
  ONNXRUNTIME_ATTENTION_FOLDED("OnnxAttentionPeer", true);

  private static final String PACKAGE = "io.github.attn4j.bench.peers.";

  private final String simpleName;
  private final boolean folded;

  PeerId(String simpleName, boolean folded) {
    this.simpleName = simpleName;
    this.folded = folded;
  }

  /** What options and reports call it. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The class that implements it, which has a public constructor without parameters. */
  public String className() {
    return PACKAGE + simpleName;
  }

  /** Whether {@link FoldedPeer} stands before that class. */
  public boolean folded() {
    return folded;
  }

  /**
   * The forms in which this rival meets a problem: itself, and of libtorch over half precision the
   * one by way of float32 too, without which it would be measured far below what it can do.
   */
  public List<PeerId> formsFor(AttentionSpec spec) {
    if (spec.queryType() == ElementType.F32) {
      return List.of(this);
    }
    return switch (this) {
      case TORCH -> List.of(this, TORCH_VIA_F32);
      case TORCH_FOLDED -> List.of(this, TORCH_VIA_F32_FOLDED);
      case TORCH_VIA_F32,
          TORCH_VIA_F32_FOLDED,
          ONNXRUNTIME,
          ONNXRUNTIME_ATTENTION,
          ONNXRUNTIME_ATTENTION_FOLDED ->
          List.of(this);
    };
  }

  private static boolean isBroughtBy(List<PeerId> others, PeerId peer) {
    return (peer == TORCH_VIA_F32 && others.contains(TORCH))
        || (peer == TORCH_VIA_F32_FOLDED && others.contains(TORCH_FOLDED));
  }

  /**
   * The rivals that names stand for; {@code *} stands for anything.
   *
   * @throws IllegalArgumentException naming every rival there is, if a name stands for none
   */
  public static List<PeerId> named(List<String> names) {
    List<PeerId> chosen = new ArrayList<>();
    for (String name : names) {
      Pattern regex = Pattern.compile(Pattern.quote(name.strip()).replace("*", "\\E.*\\Q"));
      List<PeerId> matching =
          Arrays.stream(values()).filter(peer -> regex.matcher(peer.id()).matches()).toList();
      if (matching.isEmpty()) {
        throw new IllegalArgumentException(
            "no peer '%s'; there are %s"
                .formatted(
                    name,
                    Arrays.stream(values()).map(PeerId::id).collect(Collectors.joining(", "))));
      }
      matching.stream()
          .filter(peer -> !chosen.contains(peer))
          // Those that others bring along where they have something to compute.
          .filter(peer -> !name.contains("*") || !isBroughtBy(matching, peer))
          .forEach(chosen::add);
    }
    return chosen;
  }
}
