package io.github.attn4j.bench.fault;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.CacheShape;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.KeyValueCache;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.ScoreMatrix;
import io.github.attn4j.core.kernel.ScoreStage;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.layer.AttentionTensors;
import io.github.attn4j.core.layer.Layers;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;

/** A real session, which it closes, but for what a subclass changes. */
public class DelegatingSession implements Session {
  private final Session real;

  /** All is the real one's. */
  public DelegatingSession(Session real) {
    this.real = real;
  }

  @Override
  public DeviceInfo device() {
    return real.device();
  }

  @Override
  public List<? extends KernelVariant> kernelsFor(AttentionSpec spec) {
    return real.kernelsFor(spec);
  }

  @Override
  public StagedInputs stage(AttentionInputs inputs) {
    return real.stage(inputs);
  }

  @Override
  public Layers layers() {
    return real.layers();
  }

  @Override
  public StagedInputs stage(AttentionSpec spec, AttentionTensors tensors) {
    return real.stage(spec, tensors);
  }

  @Override
  public KeyValueCache openCache(CacheShape shape) {
    return real.openCache(shape);
  }

  @Override
  public ScoreMatrix scores(StagedInputs staged, ScoreStage stage) {
    return real.scores(staged, stage);
  }

  @Override
  public Tunings tunings() {
    return real.tunings();
  }

  @Override
  public PreparedKernel prepare(KernelVariant variant, StagedInputs staged, Tuning tuning) {
    return real.prepare(variant, staged, tuning);
  }

  @Override
  public String source(KernelVariant variant, StagedInputs staged) {
    return real.source(variant, staged);
  }

  @Override
  public long evictCaches() {
    return real.evictCaches();
  }

  @Override
  public int programsCompiled() {
    return real.programsCompiled();
  }

  @Override
  public void close() {
    real.close();
  }
}
