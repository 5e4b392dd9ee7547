package io.github.attn4j.jvm;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BandwidthTarget;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.ScoreMatrix;
import io.github.attn4j.core.kernel.ScoreStage;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.SessionUse;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.layer.AttentionTensors;
import io.github.attn4j.core.layer.Layers;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The JVM as an open device: one team of threads, one per processor. */
final class JavaSession implements Session {
  /** Elements that any JVM can give an array. */
  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

  private final DeviceInfo device;
  private final Tunings tunings;
  private final WorkerTeam team = new WorkerTeam(JavaBackend.threads());
  private final List<AutoCloseable> open = new ArrayList<>();
  private int @Nullable [] eviction;
  private int evictions;
  private @Nullable JavaLayers layers;
  private final SessionUse use;
  private boolean closed;

  JavaSession(DeviceInfo device, Tunings tunings) {
    this.device = device;
    this.tunings = tunings;
    use = new SessionUse(device.name());
  }

  @Override
  public DeviceInfo device() {
    return device;
  }

  @Override
  public StagedInputs stage(AttentionInputs inputs) {
    boolean entered = use.enter();
    try {
      requireOpen();
      JavaStagedInputs staged = new JavaStagedInputs(this, inputs);
      open.add(staged);
      return staged;
    } finally {
      use.leave(entered);
    }
  }

  @Override
  public Layers layers() {
    boolean entered = use.enter();
    try {
      requireOpen();
      if (layers == null) {
        layers = new JavaLayers(this, team);
      }
      return layers;
    } finally {
      use.leave(entered);
    }
  }

  @Override
  public StagedInputs stage(AttentionSpec spec, AttentionTensors tensors) {
    boolean entered = use.enter();
    try {
      requireOpen();
      return register(new JavaStagedInputs(this, BoundArrays.of(this, spec, tensors)));
    } finally {
      use.leave(entered);
    }
  }

  <T extends AutoCloseable> T register(T resource) {
    open.add(resource);
    return resource;
  }

  @Override
  public List<JavaKernel> kernelsFor(AttentionSpec spec) {
    return List.of(JavaKernel.values());
  }

  @Override
  public Tunings tunings() {
    return tunings;
  }

  @Override
  public PreparedKernel prepare(KernelVariant variant, StagedInputs staged, Tuning tuning) {
    boolean entered = use.enter();
    try {
      requireOpen();
      if (!(variant instanceof JavaKernel kernel)) {
        throw new IllegalArgumentException(
            "kernel %s belongs to another backend: the Java backend has %s"
                .formatted(variant.globalId(), List.of(JavaKernel.values())));
      }
      JavaStagedInputs mine = requireOwn(staged);
      if (kernel.supports(staged.inputs().spec(), device) instanceof Support.No no) {
        throw new IllegalArgumentException(no.reason());
      }
      if (kernel.admits(tuning, staged.inputs().spec(), device) instanceof Support.No no) {
        throw new IllegalArgumentException(no.reason());
      }
      FlashPreparedKernel prepared = new FlashPreparedKernel(this, team, kernel, mine, tuning);
      open.add(prepared);
      return prepared;
    } finally {
      use.leave(entered);
    }
  }

  @Override
  public ScoreMatrix scores(StagedInputs staged, ScoreStage stage) {
    boolean entered = use.enter();
    try {
      requireOpen();
      return PlainScores.read(requireOwn(staged), stage);
    } finally {
      use.leave(entered);
    }
  }

  private JavaStagedInputs requireOwn(StagedInputs staged) {
    if (!(staged instanceof JavaStagedInputs mine) || mine.session() != this) {
      throw new IllegalArgumentException(
          "the inputs were staged by another session: stage them with this one");
    }
    return mine;
  }

  @Override
  public long evictCaches() {
    boolean entered = use.enter();
    try {
      requireOpen();
      if (eviction == null) {
        long bytes = BandwidthTarget.of(device, HeapMemory.available()).getLast().bytes();
        HeapMemory.require("what pushes other data out of the caches", bytes);
        eviction = new int[(int) Math.min(bytes / 4, LARGEST_ARRAY)];
      }
      int[] written = eviction;
      int value = ++evictions; // another one each time: no write is left out for changing nothing
      team.run(member -> {
        int from = (int) ((long) written.length * member / team.size());
        int to = (int) ((long) written.length * (member + 1) / team.size());
        Arrays.fill(written, from, to, value);
      });
      return 4L * written.length;
    } finally {
      use.leave(entered);
    }
  }

  /** 0: nothing is compiled from source; the JIT compiles while kernels run. */
  @Override
  public int programsCompiled() {
    return 0;
  }

  void forget(AutoCloseable child) {
    open.remove(child);
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the session is closed: open another one");
    }
  }

  /** Who is inside. */
  SessionUse use() {
    return use;
  }

  @Override
  public void close() {
    boolean entered = use.enter();
    try {
      if (closed) {
        return;
      }
      closed = true;
      eviction = null;
      for (AutoCloseable child : List.copyOf(open)) {
        if (child instanceof JavaStagedInputs staged) {
          staged.close();
        } else if (child instanceof FlashPreparedKernel prepared) {
          prepared.close();
        } else if (child instanceof LayerArray array) {
          array.close();
        }
      }
      team.close();
    } finally {
      use.leave(entered);
    }
  }
}
