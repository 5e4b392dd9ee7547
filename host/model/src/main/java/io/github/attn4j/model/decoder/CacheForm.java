package io.github.attn4j.model.decoder;

/** Where a {@link DecoderModel} keeps keys and values of the tokens so far. */
public enum CacheForm {
  /**
   * On pages of a pool, the suite's own {@link io.github.attn4j.core.kernel.KeyValueCache}, a
   * sequence a layer. For backends that have one: OpenCL.
   */
  PAGED,

  /**
   * Row behind row in two tensors of layers, with room for the whole context. For any backend that
   * has layers.
   */
  CONTIGUOUS
}
