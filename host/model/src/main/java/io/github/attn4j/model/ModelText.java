package io.github.attn4j.model;

import java.util.List;

/**
 * A text as a model saw it: what attention's patterns and pictures are made of.
 *
 * @param text as it was given
 * @param causal whether every layer's attention ran behind a causal mask
 * @param tokens as the tokenizer writes them, special ones included
 * @param ids of those tokens
 * @param layers attention of each layer, the first one first; at least one
 * @param states the tokens' vectors from before any context to behind the last layer; the first is
 *     the same for the same token in every text
 */
public record ModelText(
    String text,
    boolean causal,
    List<String> tokens,
    List<Integer> ids,
    List<LayerAttention> layers,
    List<TokenVectors> states) {
  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException where parts disagree about the number of tokens
   */
  public ModelText {
    tokens = List.copyOf(tokens);
    ids = List.copyOf(ids);
    layers = List.copyOf(layers);
    states = List.copyOf(states);
    int count = tokens.size();
    boolean agree =
        ids.size() == count
            && layers.stream().allMatch(layer -> layer.tokens() == count)
            && states.stream().allMatch(state -> state.tokens() == count);
    if (!agree || layers.isEmpty()) {
      throw new IllegalArgumentException(
          "'%s' has %d tokens, %d ids, layers of %s and states of %s tokens: all must be of one text"
              .formatted(
                  text,
                  count,
                  ids.size(),
                  layers.stream().map(LayerAttention::tokens).toList(),
                  states.stream().map(TokenVectors::tokens).toList()));
    }
  }
}
