package io.github.attn4j.bench.peers;

import io.github.attn4j.bench.peer.Peer;
import io.github.attn4j.bench.peer.PeerModule;
import io.github.attn4j.bench.peer.PlainProblem;
import io.github.attn4j.bench.peer.PreparedPeer;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/**
 * libtorch's scaled_dot_product_attention, with {@code enable_gqa} where heads are grouped and
 * {@code is_causal} where the mask hides anything, in the type of its tensors.
 */
public final class TorchPeer implements Peer {
  static {
    load();
  }

  /** Loads libtorch, if that has not happened yet. */
  public TorchPeer() {
    Loader.load(torch.class);
  }

  private static void load() {
    String folder = System.getProperty(PeerModule.FOLDER_PROPERTY);
    if (folder != null && System.getProperty("org.bytedeco.javacpp.cachedir") == null) {
      // JavaCPP unpacks 400 MB, by default into the user's home folder.
      System.setProperty(
          "org.bytedeco.javacpp.cachedir", Path.of(folder).resolve("unpacked").toString());
    }
    // Read by libgomp when it is loaded. Threads that spin after a call take a core from whatever
    // is measured next.
    CLibrary.setEnvironment("OMP_WAIT_POLICY", "passive");
    try {
      Loader.load(openblas_nolapack.class);
      // libtorch calls BLAS from threads of its own; with more here they fight over the cores: 2 to
      // 4 times slower, decoding 100 times.
      openblas_nolapack.blas_set_num_threads(1);
      Loader.load(torch.class);
      torch.set_num_interop_threads(1); // libtorch allows it once
    } catch (UnsatisfiedLinkError e) {
      throw new BackendException.Unavailable(
          "libtorch cannot be loaded on %s: %s".formatted(Loader.getPlatform(), e.getMessage()));
    }
  }

  @Override
  public String version() {
    return "libtorch %s (org.bytedeco:pytorch), %s, OpenBLAS"
        .formatted(torchVersion(), torch.get_cpu_capability().getString());
  }

  private static String torchVersion() {
    String ofJar = torch.class.getPackage().getImplementationVersion();
    return ofJar == null ? "of an unknown version" : ofJar;
  }

  @Override
  public Support supports(AttentionSpec spec) {
    return PlainProblem.support(spec, PlainProblem.UNSCALED_TYPES);
  }

  @Override
  public PreparedPeer prepare(AttentionInputs inputs, int threads) {
    return prepare(inputs, threads, false);
  }

  PreparedPeer prepare(AttentionInputs inputs, int threads, boolean viaFloat32) {
    torch.set_num_threads(threads);
    return new TorchCall(inputs, viaFloat32);
  }
}
