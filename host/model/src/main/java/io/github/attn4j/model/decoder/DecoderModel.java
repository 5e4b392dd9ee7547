package io.github.attn4j.model.decoder;

import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.layer.DeviceIndices;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.layer.EmbeddingTables;
import io.github.attn4j.core.layer.Layers;
import io.github.attn4j.core.layer.Norm;
import io.github.attn4j.core.layer.PositionTables;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A causal language model on an open device: token ids to logits, through a stack of {@link
 * DecoderBlock}s, a last normalisation and the embedding's own table (Radford et al. 2019; tied
 * unembedding: Press and Wolf 2017). Keys and values of the tokens so far stay in a cache, so that
 * a further token costs one row of everything. Weights are drawn from a seed: what it says has no
 * meaning, how it is computed has.
 *
 * <p>Tokens may come one by one, all at once, or in any parts: their logits are the same within the
 * error budget of both, and to the bit where model and kernel are deterministic and the kernel's
 * bits do not depend on the part that a query comes in (docs/semantics.md).
 *
 * <p>One sequence at a time. Lives as long as the session at most; one thread at a time, as the
 * session.
 */
public final class DecoderModel implements AutoCloseable {
  private final DecoderShape shape;
  private final Layers layers;
  private final Deque<Runnable> owned = new ArrayDeque<>();
  private final EmbeddingTables tables;
  private final DeviceTensor angles;
  private final Norm lastNorm;
  private final List<DecoderBlock> blocks = new ArrayList<>();
  private final DecoderCache cache;
  private @Nullable Workspace workspace;
  private int length;

  /**
   * How a model runs.
   *
   * @param cache where keys and values are kept
   * @param deterministic whether attention's specs are (docs/semantics.md); not every kernel takes
   *     such
   */
  public record Mode(CacheForm cache, boolean deterministic) {}

  /**
   * Puts the parameters on the device and opens the cache.
   *
   * @param session open, of a backend that has layers
   * @param attention a kernel of its backend; what it does not support shows in {@link #append}
   * @param weights of that shape
   * @throws IllegalArgumentException before anything is put there, where the weights are not of
   *     that shape, or the context is too long for a cache of that form
   * @throws UnsupportedOperationException where the backend has no layers, or no cache of that form
   * @throws io.github.attn4j.core.kernel.BackendException.OutOfMemory if parameters and cache do
   *     not fit; what did is given back
   */
  public DecoderModel(
      Session session,
      KernelVariant attention,
      DecoderShape shape,
      DecoderWeights weights,
      Mode mode) {
    this.shape = shape;
    BlockShape block = shape.block();
    weights.requireOf(shape);
    int _ =
        switch (mode.cache()) {
          case PAGED -> PagedCache.pages(shape.layers(), shape.context());
          case CONTIGUOUS -> ContiguousCache.elements(block, shape.layers(), shape.context());
        };
    int _ =
        Elements.of(
            "angles of a context of %,d".formatted(shape.context()),
            "choose a shorter one",
            shape.context(),
            block.headDim());
    boolean complete = false;
    try {
      layers = session.layers();
      DeviceTensor words = tensor("word embeddings", weights.words());
      tables = new EmbeddingTables(shape.modelDim(), words, null, null);
      angles =
          tensor(
              "angles of positions",
              PositionTables.rotary(shape.context(), block.headDim(), BlockShape.ROTARY_BASE));
      lastNorm =
          new Norm(
              shape.modelDim(),
              tensor("last gamma", weights.norm().gamma()),
              tensor("last beta", weights.norm().beta()),
              DecoderBlock.EPSILON);
      for (BlockWeights parameters : weights.blocks()) {
        DecoderBlock made = new DecoderBlock(layers, "layer " + blocks.size(), block, parameters);
        owned.push(made::close);
        blocks.add(made);
      }
      var how = new DecoderCache.Attention(session, attention, block, mode.deterministic());
      cache =
          switch (mode.cache()) {
            case PAGED -> new PagedCache(how, shape.layers(), shape.context());
            case CONTIGUOUS -> new ContiguousCache(how, shape.layers(), shape.context());
          };
      owned.push(cache::close);
      complete = true;
    } finally {
      if (!complete) {
        close(); // nobody else can: there is no model yet
      }
    }
  }

  private DeviceTensor tensor(String name, float[] values) {
    DeviceTensor tensor = layers.upload(name, values);
    owned.push(tensor::close);
    return tensor;
  }

  /** Its sizes. */
  public DecoderShape shape() {
    return shape;
  }

  /** Tokens of the sequence so far. */
  public int length() {
    return length;
  }

  /** Bytes of the cache on the device. */
  public long cacheBytes() {
    return cache.deviceBytes();
  }

  /**
   * Takes further tokens of the sequence.
   *
   * @param ids at least one
   * @return [ids, vocabulary]: of each token the logits of the one behind it
   * @throws IllegalArgumentException if there are none, one is not of the vocabulary, they do not
   *     fit the context, their logits no array, or the kernel does not support the shape; the
   *     sequence is as it was then
   * @throws io.github.attn4j.core.kernel.BackendException as the session's calls do; the sequence
   *     is as it was then, too
   */
  public float[] append(int... ids) {
    return append(ids, ids.length);
  }

  /** Gives the logits of the last {@code wanted} tokens: of all or one. */
  private float[] append(int[] ids, int wanted) {
    require(ids, wanted);
    int first = length;
    boolean complete = false;
    try {
      float[] logits = run(ids, first, wanted);
      complete = true;
      length = first + ids.length;
      return logits;
    } finally {
      if (!complete) {
        cache.truncate(first);
      }
    }
  }

  private void require(int[] ids, int wanted) {
    if (ids.length == 0) {
      throw new IllegalArgumentException("there is no token to append: give one at least");
    }
    for (int id : ids) {
      if (id < 0 || id >= shape.vocabulary()) {
        throw new IllegalArgumentException(
            "token id %d is none of the vocabulary's, 0 to %d"
                .formatted(id, shape.vocabulary() - 1));
      }
    }
    if (ids.length > shape.context() - length) {
      throw new IllegalArgumentException(
          "%,d more tokens behind %,d are more than the context of %,d: truncate() the sequence, or make the model with a larger context"
              .formatted(ids.length, length, shape.context()));
    }
    BlockTensors.requireAddressable(shape.block(), ids.length);
    int _ =
        Elements.of(
            "the logits of %,d tokens over a vocabulary of %,d"
                .formatted(wanted, shape.vocabulary()),
            "append fewer tokens at a time, or go on from a prompt with generate(), which makes the last token's alone",
            wanted,
            shape.vocabulary());
  }

  private float[] run(int[] ids, int first, int wanted) {
    int rows = ids.length;
    Workspace space = workspace(rows, wanted);
    BlockTensors tensors = space.tensors();
    int[] positions = new int[rows];
    Arrays.setAll(positions, row -> first + row);
    space.words().write(ids);
    space.positions().write(positions);
    layers.embed(tables, space.words(), null, null, rows, tensors.hidden());
    for (int layer = 0; layer < blocks.size(); layer++) {
      DecoderBlock block = blocks.get(layer);
      block.project(rows, tensors, layer > 0, space.positions(), angles);
      cache.attend(layer, first, rows, tensors);
      block.finish(rows, tensors);
    }
    layers.layerNorm(
        tensors.added(), tensors.hidden(), rows, lastNorm, tensors.hidden(), tensors.normed());
    if (wanted < rows) {
      // A product starts at the first row: the last ones go there.
      float[] last = new float[wanted * shape.modelDim()];
      tensors.normed().read((rows - wanted) * shape.modelDim(), last);
      tensors.normed().write(0, last);
    }
    layers.unembed(
        tensors.normed(),
        wanted,
        tables.words(),
        shape.vocabulary(),
        shape.modelDim(),
        space.logits());
    return space.logits().read(wanted * shape.vocabulary());
  }

  /**
   * Goes on from a prompt: takes it, then {@code count} times the likeliest next token, that with
   * the smallest id among equals.
   *
   * @param prompt at least one token
   * @return the tokens behind the prompt; all but the last are part of the sequence then
   * @throws IllegalArgumentException as {@link #append}, before anything is taken
   * @throws ArithmeticException if a logit is NaN: then nothing is likeliest
   */
  public int[] generate(int[] prompt, int count) {
    if (count < 0) {
      throw new IllegalArgumentException(
          "%d tokens cannot be generated: give 0 or more".formatted(count));
    }
    require(prompt, 1);
    if (prompt.length + Math.max(0L, count - 1L) > shape.context() - length) {
      throw new IllegalArgumentException(
          "a prompt of %,d tokens and %,d more behind the %,d there are do not fit the context of %,d: truncate() the sequence, generate fewer, or make the model with a larger context"
              .formatted(prompt.length, count, length, shape.context()));
    }
    int[] generated = new int[count];
    float[] logits = append(prompt, 1);
    for (int i = 0; i < count; i++) {
      generated[i] = likeliest(logits);
      if (i + 1 < count) {
        logits = append(new int[] {generated[i]}, 1);
      }
    }
    return generated;
  }

  private int likeliest(float[] logits) {
    int best = 0;
    for (int id = 0; id < shape.vocabulary(); id++) {
      float logit = logits[id];
      if (Float.isNaN(logit)) {
        throw new ArithmeticException(
            "the logit of token %d behind %,d tokens is NaN: no token is likeliest"
                .formatted(id, length));
      }
      if (logit > logits[best]) {
        best = id;
      }
    }
    return best;
  }

  /**
   * Keeps the first tokens of the sequence; 0 to begin another one.
   *
   * @throws IllegalArgumentException if it has fewer
   */
  public void truncate(int tokens) {
    if (tokens < 0 || tokens > length) {
      throw new IllegalArgumentException(
          "the sequence has %,d tokens and cannot be cut to %,d".formatted(length, tokens));
    }
    cache.truncate(tokens);
    length = tokens;
  }

  private Workspace workspace(int rows, int wanted) {
    Workspace present = workspace;
    if (present == null
        || present.tensors().rows() < rows
        || present.logits().elements() < wanted * shape.vocabulary()) {
      if (present != null) {
        workspace = null;
        present.close();
      }
      present = Workspace.of(layers, shape, rows, wanted);
      workspace = present;
    }
    return present;
  }

  /** Activations of the largest part so far. */
  private record Workspace(
      BlockTensors tensors, DeviceIndices words, DeviceIndices positions, DeviceTensor logits)
      implements AutoCloseable {
    static Workspace of(Layers layers, DecoderShape shape, int rows, int wanted) {
      Deque<Runnable> made = new ArrayDeque<>();
      boolean complete = false;
      try {
        BlockTensors tensors = BlockTensors.of(layers, shape.block(), rows);
        made.push(tensors::close);
        DeviceIndices words = layers.allocateIndices("token ids", rows);
        made.push(words::close);
        DeviceIndices positions = layers.allocateIndices("positions", rows);
        made.push(positions::close);
        DeviceTensor logits = layers.allocate("logits", wanted * shape.vocabulary());
        complete = true;
        return new Workspace(tensors, words, positions, logits);
      } finally {
        if (!complete) {
          made.forEach(Runnable::run); // fewer tokens at a time may have room
        }
      }
    }

    @Override
    public void close() {
      tensors.close();
      words.close();
      positions.close();
      logits.close();
    }
  }

  /** Frees parameters, cache and activations; the session stays open. */
  @Override
  public void close() {
    if (workspace != null) {
      workspace.close();
      workspace = null;
    }
    while (!owned.isEmpty()) {
      owned.pop().run();
    }
  }
}
