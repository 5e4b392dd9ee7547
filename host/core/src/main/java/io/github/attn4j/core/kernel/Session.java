package io.github.attn4j.core.kernel;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.layer.AttentionTensors;
import io.github.attn4j.core.layer.Layers;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An open device. Where the device is lost, every call that needs it, on the session and on what
 * belongs to it, throws {@link BackendException.Unavailable}.
 *
 * <p>One thread at a time: a call on the session, or on anything that belongs to it, throws {@link
 * IllegalStateException} while another thread is within one, and names both; the call that was
 * first goes on as if alone ({@link SessionUse}). Threads that take turns order their calls
 * themselves. Several sessions, each with a thread of its own, may be used at once, also on one
 * device: their results are, bit for bit, those of one thread. Both hold for the backends of OpenCL
 * and of Java; TornadoVM's does not check, and is for one thread.
 */
public interface Session extends AutoCloseable {
  /** The device. */
  DeviceInfo device();

  /**
   * Computes attention once, from the caller's arrays to new ones, with {@link #kernelFor the
   * kernel expected to be the fastest}. Who computes the same spec again and again stages once,
   * {@link #prepare prepares} once, and spares the copies and the build.
   *
   * @param spec the shape, the mask and the types; without layouts of its own, tensors are
   *     contiguous [batch, heads, length, dim]
   * @param q, k, v addressed through the spec's layouts; rounded to its types
   * @return O and LSE, by the spec's output layout
   * @throws IllegalArgumentException if an array is too short, or no kernel of the device's backend
   *     supports the spec: with each one's reason
   * @throws BackendException if the device fails, has no memory or its compiler refuses the program
   */
  default AttentionOutput attention(AttentionSpec spec, float[] q, float[] k, float[] v) {
    KernelVariant kernel = kernelFor(spec);
    try (StagedInputs staged = stage(new AttentionInputs(spec, "the caller's", q, k, v));
        PreparedKernel prepared = prepare(kernel, staged)) {
      prepared.run();
      return prepared.read();
    }
  }

  /**
   * The kernel that is expected to be the fastest of those that compute the spec here.
   *
   * @throws IllegalArgumentException if there is none, with each one's reason
   */
  default KernelVariant kernelFor(AttentionSpec spec) {
    List<String> reasons = new ArrayList<>();
    for (KernelVariant kernel : kernelsFor(spec)) {
      if (!(kernel.supports(spec, device()) instanceof Support.No no)) {
        return kernel;
      }
      reasons.add(kernel.globalId() + ": " + no.reason());
    }
    throw new IllegalArgumentException(
        "no kernel computes %s on %s:%d (%s): %s"
            .formatted(
                spec.label(),
                device().backend(),
                device().index(),
                device().name(),
                String.join("; ", reasons)));
  }

  /** The backend's kernels for such a spec, supported or not, the one expected fastest first. */
  List<? extends KernelVariant> kernelsFor(AttentionSpec spec);

  /**
   * Copies (or maps) Q, K, V and the mask to the device and allocates O and LSE, whose every
   * element starts as NaN, so that what a kernel forgets to write cannot pass.
   *
   * @throws BackendException.OutOfMemory before anything is allocated, if it does not fit
   */
  StagedInputs stage(AttentionInputs inputs);

  /**
   * The operations around attention, on tensors that stay on the device; the same object each time.
   *
   * @throws UnsupportedOperationException where a backend has none
   */
  default Layers layers() {
    throw new UnsupportedOperationException(
        "%s:%d (%s) has attention alone: the layers around it run on opencl and java devices"
            .formatted(device().backend(), device().index(), device().name()));
  }

  /**
   * Binds attention to tensors of {@link #layers}, without a copy: kernels read Q, K and V where
   * the spec's layouts say that they lie in them, and write O likewise; LSE and whatever the mask
   * needs are allocated as by {@link #stage(AttentionInputs)}. O is NaN at first, from the tensor's
   * start to where the layout reaches. What is written to the tensors later is what later runs
   * read. Tensors closed before the staged inputs make every use of those throw {@link
   * IllegalStateException}.
   *
   * @param spec of float32, in the head's own placement
   * @throws UnsupportedOperationException where a backend has no layers
   * @throws IllegalArgumentException where a tensor is of another session or smaller than the
   *     layout reaches, or the spec's types are others
   * @throws BackendException.OutOfMemory before anything is allocated, if LSE and mask do not fit
   */
  default StagedInputs stage(AttentionSpec spec, AttentionTensors tensors) {
    throw new UnsupportedOperationException(
        "%s:%d (%s) has no tensors to bind attention to: stage the inputs from the host, or open an opencl or java device"
            .formatted(device().backend(), device().index(), device().name()));
  }

  /**
   * Opens a cache of keys and values on the device.
   *
   * @throws UnsupportedOperationException where a backend has none
   * @throws IllegalArgumentException where the device cannot encode the type as the host does
   * @throws BackendException.OutOfMemory before anything is allocated, if it does not fit
   */
  default KeyValueCache openCache(CacheShape shape) {
    throw new UnsupportedOperationException(
        "%s:%d (%s) keeps no cache of %s: stage keys and values with each call, or open an opencl device"
            .formatted(device().backend(), device().index(), device().name(), shape.label()));
  }

  /**
   * The score matrix of staged inputs, or its softmax, which only a kernel that {@link
   * KernelVariant#keepsScores keeps scores} has: computed on the device by such a kernel's own
   * stages, in float32, and read back. For standards whose operator has it as an output.
   *
   * @param staged by this session
   * @throws UnsupportedOperationException where a backend has no such kernel
   * @throws BackendException.OutOfMemory if the matrix does not fit
   */
  default ScoreMatrix scores(StagedInputs staged, ScoreStage stage) {
    throw new UnsupportedOperationException(
        "%s:%d (%s) has no kernel whose %s can be read: take those of opencl or java"
            .formatted(
                device().backend(),
                device().index(),
                device().name(),
                stage.name().toLowerCase(Locale.ROOT)));
  }

  /** What the session was opened with: who chooses the tuning where the caller does not. */
  Tunings tunings();

  /**
   * As {@link #prepare(KernelVariant, StagedInputs, Tuning)}, with the tuning that {@link #tunings}
   * chooses.
   *
   * @throws IllegalArgumentException if the variant does not support the spec
   */
  default PreparedKernel prepare(KernelVariant variant, StagedInputs staged) {
    AttentionSpec spec = staged.spec();
    if (variant.supports(spec, device()) instanceof Support.No no) {
      throw new IllegalArgumentException(no.reason()); // nothing there to choose a tuning for
    }
    return prepare(variant, staged, tunings().of(variant, spec, device()));
  }

  /**
   * Builds the variant's programs (or takes them from the cache), allocates its scratch and binds
   * its arguments.
   *
   * @param tuning what to run with, {@link Tuning#NONE} for a kernel without parameters
   * @throws IllegalArgumentException if the variant does not support the spec or does not admit the
   *     tuning
   * @throws BackendException.BuildFailed with the build log
   * @throws BackendException.OutOfMemory if the scratch does not fit
   */
  PreparedKernel prepare(KernelVariant variant, StagedInputs staged, Tuning tuning);

  /**
   * The program that the device's compiler is given for a kernel on these inputs, as text, with the
   * options that it is built with in a comment, those of its {@link #tunings} among them.
   *
   * @throws IllegalArgumentException where there is none, as on the JVM itself
   * @throws BackendException.BuildFailed where it is generated, and that fails
   */
  default String source(KernelVariant variant, StagedInputs staged) {
    throw new IllegalArgumentException(
        "%s is Java that the JVM itself compiles; no program text is made of it"
            .formatted(variant.globalId()));
  }

  /**
   * Pushes everything else out of the device's caches, so that the next launch reads from memory:
   * writes {@link DeviceInfo#beyondCachesBytes} of device memory, or an eighth of what is available
   * where that is less, and waits until that is done. The memory stays taken until the session is
   * closed.
   *
   * @return bytes written
   * @throws BackendException.OutOfMemory if they cannot be had
   */
  long evictCaches();

  /**
   * Programs given to the driver's compiler since the session was opened; 0 when the cache had all
   * of them. A driver that keeps what it compiles, as PoCL does, is given each: it knows them
   * again.
   */
  int programsCompiled();

  /**
   * Frees everything that belongs to the session; staged inputs and prepared kernels of it are
   * closed too. A second time changes nothing.
   */
  @Override
  void close();
}
