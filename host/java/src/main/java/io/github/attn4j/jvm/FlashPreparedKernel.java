package io.github.attn4j.jvm;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * {@link JavaKernel#FLASH} bound to staged inputs: threads draw tiles of queries from a counter.
 */
final class FlashPreparedKernel implements PreparedKernel {
  private final JavaSession session;
  private final WorkerTeam team;
  private final JavaKernel kernel;
  private final JavaStagedInputs staged;
  private final Tuning tuning;
  private final long buildNanos;
  private final long scratchBytes;
  private final AtomicInteger nextTile = new AtomicInteger();
  private final WorkerTeam.Task task = this::computeTiles;
  private long downloadNanos;
  private @Nullable Plan plan;

  /** What a run needs besides the buffers. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Plan(int[] order, FlashTile[] tiles) {}

  FlashPreparedKernel(
      JavaSession session,
      WorkerTeam team,
      JavaKernel kernel,
      JavaStagedInputs staged,
      Tuning tuning) {
    this.session = session;
    this.team = team;
    this.kernel = kernel;
    this.staged = staged;
    this.tuning = tuning;
    AttentionSpec spec = staged.inputs().spec();
    JavaStagedInputs.Buffers buffers = staged.buffers();
    long start = System.nanoTime();
    long tileCount = FlashProblem.tileCount(spec);
    // Ordering the tiles sorts a long for each of them, for a moment.
    HeapMemory.require(
        "scratch of " + kernel.globalId(),
        kernel.scratchBytes(spec, session.device(), tuning) + Long.BYTES * tileCount);
    FlashProblem problem = new FlashProblem(spec, buffers);
    FlashTile[] tiles = new FlashTile[team.size()];
    for (int member = 0; member < tiles.length; member++) {
      tiles[member] = new FlashTile(problem);
    }
    int[] order = problem.tilesByLength();
    plan = new Plan(order, tiles);
    scratchBytes =
        Arrays.stream(tiles).mapToLong(FlashTile::allocatedBytes).sum()
            + (long) Integer.BYTES * order.length;
    buildNanos = System.nanoTime() - start;
  }

  @Override
  public KernelVariant variant() {
    return kernel;
  }

  @Override
  public Tuning tuning() {
    return tuning;
  }

  /**
   * Time to compile expressions to bytecode, order the tiles and allocate scratch; the JIT compiles
   * later, in the first runs.
   */
  @Override
  public long buildNanos() {
    return buildNanos;
  }

  @Override
  public long scratchBytes() {
    return scratchBytes;
  }

  /** The time returned is the wall time of the parallel region, waking the threads included. */
  @Override
  public long run() {
    boolean entered = session.use().enter();
    try {
      plan(); // says so if closed
      staged.buffers();
      nextTile.set(0);
      long start = System.nanoTime();
      try {
        team.run(task);
      } catch (RuntimeException e) {
        BackendException failure =
            new BackendException.LaunchFailed(
                "%s on %s: %s".formatted(kernel.globalId(), session.device().name(), e));
        failure.initCause(e);
        throw failure;
      }
      // A clock may stand still for a few nanoseconds; 0 would mean that nothing ran.
      return Math.max(1, System.nanoTime() - start);
    } finally {
      session.use().leave(entered);
    }
  }

  @Override
  public long run(AttentionOutput output) {
    boolean entered = session.use().enter();
    try {
      output.requireFits(staged.inputs().spec());
      long nanos = run();
      JavaStagedInputs.Buffers buffers = staged.buffers();
      buffers.o().read(0, output.o().length, -1, output.o(), 0);
      System.arraycopy(buffers.lse(), 0, output.lse(), 0, output.lse().length);
      return nanos;
    } finally {
      session.use().leave(entered);
    }
  }

  private void computeTiles(int member) {
    Plan present = plan();
    FlashTile tile = present.tiles[member];
    int next = nextTile.getAndIncrement();
    while (next < present.order.length) {
      tile.compute(present.order[next]);
      next = nextTile.getAndIncrement();
    }
  }

  /** Tiles of keys scored in all runs so far: how a test sees what a mask saves. */
  long scoredTiles() {
    return Arrays.stream(plan().tiles).mapToLong(FlashTile::scoredTiles).sum();
  }

  private Plan plan() {
    Plan present = plan;
    if (present == null) {
      throw new IllegalStateException("the prepared kernel is closed: prepare it again");
    }
    return present;
  }

  @Override
  public void clearOutput() {
    boolean entered = session.use().enter();
    try {
      staged.buffers().clearOutput();
    } finally {
      session.use().leave(entered);
    }
  }

  @Override
  public AttentionOutput read() {
    boolean entered = session.use().enter();
    try {
      JavaStagedInputs.Buffers buffers = staged.buffers();
      HeapMemory.require(
          "a copy of O and LSE",
          (long) Float.BYTES * ((long) buffers.outputElements() + buffers.lse().length));
      long start = System.nanoTime();
      float[] o = new float[buffers.outputElements()];
      buffers.o().read(0, o.length, -1, o, 0);
      AttentionOutput output = new AttentionOutput(o, buffers.lse().clone());
      downloadNanos = System.nanoTime() - start;
      return output;
    } finally {
      session.use().leave(entered);
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
      plan = null;
      session.forget(this);
    } finally {
      session.use().leave(entered);
    }
  }
}
