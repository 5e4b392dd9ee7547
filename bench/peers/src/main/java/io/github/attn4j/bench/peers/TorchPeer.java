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
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * libtorch's scaled_dot_product_attention, with {@code enable_gqa} where heads are grouped and
 * {@code is_causal} where the mask hides anything.
 *
 * <p>Every call allocates its output: the function has no form that takes one. The C library hands
 * the freed memory of the last call out again, so pages are not fetched from the system anew: seen
 * here, 41 page faults a call for an output of 4 MiB, which has 1024 pages.
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
    return PlainProblem.support(spec);
  }

  @Override
  public PreparedPeer prepare(AttentionInputs inputs, int threads) {
    torch.set_num_threads(threads);
    return new Prepared(inputs);
  }

  private static final class Prepared implements PreparedPeer {
    private final AttentionInputs inputs;
    private final Tensor q;
    private final Tensor k;
    private final Tensor v;
    private final FloatPointer queries;
    private final TensorOptional noBias = new TensorOptional();
    private final DoubleOptional scale;
    private final boolean causal;
    private final boolean grouped;
    private final String method;
    private @Nullable Tensor output;

    Prepared(AttentionInputs inputs) {
      this.inputs = inputs;
      AttentionSpec spec = inputs.spec();
      q = tensor(inputs.q(), spec.batch(), spec.queryHeads(), spec.queryLength(), spec.headDim());
      k = tensor(inputs.k(), spec.batch(), spec.kvHeads(), spec.kvLength(), spec.headDim());
      v = tensor(inputs.v(), spec.batch(), spec.kvHeads(), spec.kvLength(), spec.valueDim());
      queries = q.data_ptr_float();
      scale = new DoubleOptional(spec.scale());
      causal = PlainProblem.hidesPairs(spec);
      grouped = spec.queryHeads() != spec.kvHeads();
      method =
          "scaled_dot_product_attention(is_causal=%b, enable_gqa=%b), %s path, tensors [B, H, S, D];"
                  .formatted(causal, grouped, path())
              + " allocates its output at each call; OpenMP threads do not spin, 1 BLAS thread";
    }

    /** In memory of libtorch's own, aligned as it likes it. */
    private static Tensor tensor(float[] values, long... shape) {
      Tensor tensor = torch.empty(shape);
      try (FloatPointer data = tensor.data_ptr_float()) {
        data.put(values, 0, values.length);
      }
      return tensor;
    }

    /**
     * The path is not to be asked for, but without the other one a call fails where it is not
     * taken.
     */
    @SuppressWarnings("try") // computed to see whether it can be
    private String path() {
      torch.globalContext().setSDPUseMath(false);
      try (Tensor ignored = attention()) {
        return "flash";
      } catch (RuntimeException e) {
        return "math";
      } finally {
        torch.globalContext().setSDPUseMath(true);
      }
    }

    private Tensor attention() {
      return torch.scaled_dot_product_attention(q, k, v, noBias, 0, causal, scale, grouped);
    }

    @Override
    public String method() {
      return method;
    }

    @Override
    public void refreshQueries(int fromElement, int count) {
      queries.position(fromElement).put(inputs.q(), fromElement, count);
    }

    @Override
    public void clearOutput() {
      if (output != null) {
        output.close();
        output = null;
      }
    }

    @Override
    @SuppressWarnings("try") // in force as long as it is open
    public long run() {
      clearOutput();
      try (NoGradGuard guard = new NoGradGuard()) {
        long start = System.nanoTime();
        output = attention();
        return System.nanoTime() - start;
      }
    }

    @Override
    public float[] read() {
      if (output == null) {
        throw new IllegalStateException("libtorch has computed nothing since the last output");
      }
      float[] o = new float[inputs.spec().outputElements()];
      try (Tensor contiguous = output.contiguous();
          FloatPointer data = contiguous.data_ptr_float()) {
        data.get(o, 0, o.length);
      }
      return o;
    }

    @Override
    public void close() {
      clearOutput();
      queries.close();
      q.close();
      k.close();
      v.close();
      noBias.close();
      scale.close();
    }
  }
}
