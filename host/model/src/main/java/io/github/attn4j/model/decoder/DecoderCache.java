package io.github.attn4j.model.decoder;

import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;

/**
 * Keys and values of every layer, and attention over them. New rows go from the projections'
 * product to their places by way of the host, as {@link
 * io.github.attn4j.core.kernel.KeyValueCache#append} takes them.
 */
sealed interface DecoderCache extends AutoCloseable permits PagedCache, ContiguousCache {
  /**
   * Keeps the rows that {@code tensors.projected()} holds behind the {@code first} there are, and
   * computes {@code tensors.attended()}: each token sees those before it and itself.
   */
  void attend(int layer, int first, int rows, BlockTensors tensors);

  /** Forgets what is behind the first {@code length} tokens of every layer. */
  void truncate(int length);

  /** Bytes on the device. */
  long deviceBytes();

  @Override
  void close();

  /**
   * How attention runs.
   *
   * @param deterministic whether specs ask for bits that follow from the sequence alone
   */
  record Attention(Session session, KernelVariant kernel, BlockShape shape, boolean deterministic) {
    /** Of so many new tokens behind others: shape, mask, and where Q and O lie. */
    AttentionSpecBuilder complete(
        AttentionSpecBuilder builder, int rows, int keys, Layout key, Layout value) {
      return builder
          .heads(shape.queryHeads(), shape.kvHeads())
          .lengths(rows, keys)
          .dim(shape.headDim())
          .mask(Mask.causal())
          .bottomRight()
          .deterministic(deterministic)
          .layouts(
              shape.queries(rows),
              key,
              value,
              Layout.bshd(shape.queryHeads(), rows, shape.headDim()));
    }

    PreparedKernel prepare(StagedInputs staged) {
      return session.prepare(kernel, staged);
    }
  }
}
