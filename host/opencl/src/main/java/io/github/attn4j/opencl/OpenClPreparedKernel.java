package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * A variant's kernels with all arguments set: a launch only enqueues, waits and reads the device's
 * clock.
 */
final class OpenClPreparedKernel implements PreparedKernel {
  private final OpenClSession session;
  private final KernelVariant variant;
  private final OpenClStagedInputs staged;
  private final Tuning tuning;
  private final cl_kernel[] kernels;
  private final StageLauncher launcher;
  private final @Nullable cl_mem scratch; // none where the kernel needs none
  private final long scratchBytes;
  private final String builtAs;
  private final long buildNanos;
  private long downloadNanos;
  private boolean closed;

  /**
   * All that it needs is built and allocated.
   *
   * @param plan the variant's, for the staged spec and the tuning; with fewer stages, what those
   *     leave in scratch can be read
   */
  OpenClPreparedKernel(
      OpenClSession session,
      KernelVariant variant,
      OpenClStagedInputs staged,
      Tuning tuning,
      LaunchPlan plan) {
    this.session = session;
    this.variant = variant;
    this.staged = staged;
    this.tuning = tuning;
    AttentionSpec spec = staged.spec();
    long wanted = variant.scratchBytes(spec, session.device(), tuning);
    session.requireMemory("scratch of " + variant.globalId(), wanted, wanted);
    long start = System.nanoTime();
    Programs.Built program =
        session.programs().get(plan.origin(), plan.options(), staged.sequences().prologue());
    builtAs = "%s, built with %s,".formatted(variant.globalId(), program.options());
    long allocatedBefore = session.allocatedBytes();
    scratch = wanted == 0 ? null : session.allocate("scratch of " + variant.globalId(), wanted);
    List<cl_kernel> created = new ArrayList<>();
    try {
      for (Stage stage : plan.stages()) {
        cl_kernel kernel = create(plan.origin(), program, stage.kernel());
        created.add(kernel);
        setArguments(kernel, spec, plan.keyParts());
      }
      if (scratch != null) {
        fillScratch(scratch, wanted);
      }
    } catch (BackendException e) {
      created.forEach(CL::clReleaseKernel);
      if (scratch != null) {
        session.free(scratch, wanted);
      }
      throw e;
    }
    // What was asked for is a formula; what reports print is counted.
    scratchBytes = session.allocatedBytes() - allocatedBefore;
    kernels = created.toArray(cl_kernel[]::new);
    launcher =
        new StageLauncher(
            session,
            kernels,
            plan.stages().stream().map(Stage::global).toArray(long[][]::new),
            plan.stages().stream().map(Stage::local).toArray(long[][]::new),
            SanitizedDevice.between(session, scratch, wanted));
    buildNanos = System.nanoTime() - start;
  }

  /**
   * A kernel of the program.
   *
   * @throws BackendException.BuildFailed where it does not take the arguments that all take
   */
  private cl_kernel create(ProgramOrigin origin, Programs.Built program, String name) {
    cl_kernel kernel;
    try {
      kernel = CL.clCreateKernel(program.program(), name, null);
    } catch (CLException e) {
      throw session.failure(
          "creating kernel %s of %s, built with %s,"
              .formatted(name, origin.path(), program.options()),
          e);
    }
    try {
      AttentionParams.requireArguments(kernel, name, origin);
      return kernel;
    } catch (BackendException e) {
      CL.clReleaseKernel(kernel);
      throw e;
    }
  }

  /** What a kernel reads there without having written it must show. */
  private void fillScratch(cl_mem memory, long bytes) {
    try {
      session.transfer().fill(memory, ElementType.F32, bytes / 4, Float.NaN);
    } catch (CLException e) {
      throw session.failure("filling %d bytes of scratch of %s".formatted(bytes, builtAs), e);
    }
  }

  private void setArguments(cl_kernel kernel, AttentionSpec spec, int keyParts) {
    try {
      int index = staged.bind(kernel);
      CL.clSetKernelArg(
          kernel, index++, Sizeof.cl_mem, scratch == null ? null : Pointer.to(scratch));
      byte[] params = AttentionParams.encode(spec, staged.sequences(), keyParts);
      CL.clSetKernelArg(kernel, index, params.length, Pointer.to(params));
    } catch (CLException e) {
      throw session.failure("setting the arguments of " + builtAs, e);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(variant.globalId() + " is closed");
    }
    staged.requireOpen(); // its buffers are this kernel's arguments
  }

  @Override
  public KernelVariant variant() {
    return variant;
  }

  @Override
  public Tuning tuning() {
    return tuning;
  }

  @Override
  public long buildNanos() {
    return buildNanos;
  }

  @Override
  public long scratchBytes() {
    return scratchBytes;
  }

  @Override
  public long run() {
    return launch(null);
  }

  @Override
  public long run(AttentionOutput output) {
    output.requireFits(staged.spec());
    return launch(output);
  }

  private long launch(@Nullable AttentionOutput target) {
    boolean entered = session.use().enter();
    try {
      requireOpen();
      long nanos;
      try {
        nanos = launcher.run(staged.output(), target);
      } catch (CLException e) {
        throw session.failure("running %s over %s".formatted(builtAs, staged.spec().label()), e);
      }
      if (nanos <= 0) {
        throw new BackendException.LaunchFailed(
            "%s on %s reports a kernel time of %d ns: nothing ran"
                .formatted(variant.globalId(), session.device().name(), nanos));
      }
      return nanos;
    } finally {
      session.use().leave(entered);
    }
  }

  @Override
  public void clearOutput() {
    boolean entered = session.use().enter();
    try {
      requireOpen();
      staged.clearOutput();
    } finally {
      session.use().leave(entered);
    }
  }

  @Override
  public AttentionOutput read() {
    boolean entered = session.use().enter();
    try {
      requireOpen();
      try {
        AttentionOutput output = AttentionOutput.allocate(staged.spec());
        long start = System.nanoTime();
        staged.output().read(output);
        downloadNanos = System.nanoTime() - start;
        return output;
      } catch (CLException e) {
        throw session.failure("reading O and LSE of " + builtAs, e);
      }
    } finally {
      session.use().leave(entered);
    }
  }

  /** The first elements of scratch, as the stages left them. */
  float[] readScratch(int elements) {
    requireOpen();
    float[] target = new float[elements];
    try {
      session.transfer().download(Objects.requireNonNull(scratch), ElementType.F32, target);
      return target;
    } catch (CLException e) {
      throw session.failure("reading scratch of " + builtAs, e);
    }
  }

  @Override
  public long downloadNanos() {
    return downloadNanos;
  }

  @Override
  public void close() {
    boolean entered = session.use().enter();
    try {
      if (!closed) {
        closed = true;
        session.forget(this);
        for (cl_kernel kernel : kernels) {
          CL.clReleaseKernel(kernel);
        }
        if (scratch != null) {
          session.free(scratch, scratchBytes);
        }
      }
    } finally {
      session.use().leave(entered);
    }
  }
}
