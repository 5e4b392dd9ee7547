package io.github.attn4j.model;

import java.util.List;

/** A model that can be asked how it sees a text, layer by layer. For one thread at a time. */
public interface TextModel extends AutoCloseable {
  /** What reports call it. */
  String name();

  /**
   * Runs the model over a text.
   *
   * @param text one sequence; special tokens are added
   * @param causal whether attention of every layer runs behind a causal mask: a token's vectors
   *     then depend on it and those before it alone, in whatever layer
   * @throws IllegalArgumentException where the text is blank, or has more tokens than the model
   *     takes
   * @throws io.github.attn4j.core.kernel.BackendException as the session's calls do
   */
  ModelText read(String text, boolean causal);

  /**
   * The ids of a text's tokens, without running the model.
   *
   * @return [CLS] first, [SEP] last; of a text however long
   */
  List<Integer> ids(String text);

  @Override
  void close();
}
