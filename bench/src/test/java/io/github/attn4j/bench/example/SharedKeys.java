package io.github.attn4j.bench.example;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.util.Arrays;
import java.util.List;

/**
 * A batch of sequences whose first keys are the same, in both forms: each sequence with all of its
 * keys, and each with its own beside the prefix, once.
 *
 * @param whole each sequence's keys, [B, prefix + own, Hkv, D]
 * @param own each sequence's own keys, [B, own, Hkv, D], for the same queries
 * @param prefixLength keys that all have in common
 * @param prefixKeys [prefix, Hkv, D]
 * @param prefixValues [prefix, Hkv, Dv]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record SharedKeys(
    AttentionInputs whole,
    AttentionInputs own,
    int prefixLength,
    float[] prefixKeys,
    float[] prefixValues) {

  /**
   * Draws a batch; queries stand at the end of their sequence.
   *
   * @param ownLengths own keys of each sequence, at least its queries
   */
  static SharedKeys draw(
      int heads, int kvHeads, int dim, int queries, int prefixLength, List<Integer> ownLengths) {
    int longest = ownLengths.stream().mapToInt(length -> length).max().orElseThrow();
    AttentionSpec ownSpec =
        AttentionSpec.builder()
            .batch(ownLengths.size())
            .heads(heads, kvHeads)
            .lengths(queries, longest)
            .dim(dim)
            .keyLengths(ownLengths)
            .mask(Mask.causal())
            .bshd()
            .build();
    AttentionSpec wholeSpec =
        ownSpec.toBuilder()
            .lengths(queries, prefixLength + longest)
            .keyLengths(ownLengths.stream().map(length -> prefixLength + length).toList())
            .bottomRight()
            .bshd()
            .build();
    AttentionInputs whole = AttentionInputs.generate(wholeSpec, InputFamily.NORMAL, 1);
    int row = kvHeads * dim;
    int prefix = prefixLength * row;
    int sequence = prefix + longest * row;
    float[] ownKeys = new float[ownSpec.keyElements()];
    float[] ownValues = new float[ownSpec.valueElements()];
    for (int b = 0; b < ownLengths.size(); b++) {
      System.arraycopy(whole.k(), 0, whole.k(), b * sequence, prefix);
      System.arraycopy(whole.v(), 0, whole.v(), b * sequence, prefix);
      int start = b * longest * row;
      System.arraycopy(whole.k(), b * sequence + prefix, ownKeys, start, longest * row);
      System.arraycopy(whole.v(), b * sequence + prefix, ownValues, start, longest * row);
    }
    return new SharedKeys(
        whole,
        new AttentionInputs(ownSpec, "own keys", whole.q(), ownKeys, ownValues),
        prefixLength,
        Arrays.copyOf(whole.k(), prefix),
        Arrays.copyOf(whole.v(), prefix));
  }

  /** The queries of all sequences over the prefix. */
  AttentionInputs prefix() {
    return PrefixSharing.overPrefix(own, prefixLength, prefixKeys, prefixValues);
  }
}
