package io.github.attn4j.model;

import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * all-MiniLM-L6-v2 as a reader of texts: all layers of {@link EncoderModel} run on the device, and
 * what attention read and wrote in each is copied back as it goes by.
 *
 * <p>States are the tokens' word vectors, their embeddings, which know positions but no context
 * yet, and the hidden state behind each layer.
 */
public final class EncoderReader implements TextModel {
  private final EncoderModel model;

  private EncoderReader(EncoderModel model) {
    this.model = model;
  }

  /**
   * Loads the model; throws as {@link EncoderModel#load} does.
   *
   * @param session open, of a backend that has layers
   * @param attention a kernel of its backend, for every layer's attention
   */
  public static EncoderReader load(Session session, KernelVariant attention) {
    return new EncoderReader(EncoderModel.load(session, attention));
  }

  @Override
  public String name() {
    return "all-MiniLM-L6-v2";
  }

  @Override
  public ModelText read(String text, boolean causal) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("the text is empty: there is nothing to attend to");
    }
    int[] ids = model.tokenize(text);
    Passing passing = new Passing(ids.length);
    passing.states.add(state("word", ids.length, model.wordVectors(ids)));
    var _ = model.encode(List.of(ids), causal ? Mask.causal() : Mask.none(), passing);
    return new ModelText(
        text,
        causal,
        model.tokens(text),
        Arrays.stream(ids).boxed().toList(),
        passing.layers,
        passing.states);
  }

  @Override
  public List<Integer> ids(String text) {
    return model.ids(text);
  }

  private static TokenVectors state(String name, int tokens, float[] values) {
    return new TokenVectors(name, tokens, EncoderModel.WIDTH, values);
  }

  /** Copies what goes by. */
  private static final class Passing implements EncoderTap {
    private final int tokens;
    private final List<LayerAttention> layers = new ArrayList<>();
    private final List<TokenVectors> states = new ArrayList<>();

    Passing(int tokens) {
      this.tokens = tokens;
    }

    @Override
    public void embedded(DeviceTensor hidden) {
      keep("with its position", hidden);
    }

    @Override
    public void attended(int layer, StagedInputs staged, PreparedKernel kernel, long nanos) {
      layers.add(
          new LayerAttention(EncoderModel.contiguous(staged, tokens), kernel.read().lse(), nanos));
    }

    @Override
    public void finished(int layer, DeviceTensor hidden) {
      keep("after layer " + layer, hidden);
    }

    private void keep(String name, DeviceTensor hidden) {
      states.add(state(name, tokens, hidden.read(tokens * EncoderModel.WIDTH)));
    }
  }

  /** Frees the model; the session stays open. */
  @Override
  public void close() {
    model.close();
  }
}
