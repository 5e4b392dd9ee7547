package io.github.attn4j.core.spec;

/**
 * The types of an attention's tensors.
 *
 * @param query of Q and O
 * @param keyValue of K and V
 */
public record ElementTypes(ElementType query, ElementType keyValue) {
  /** Float32 throughout. */
  public static final ElementTypes F32 = new ElementTypes(ElementType.F32, ElementType.F32);

  /** As labels have them: {@code f16}, or {@code f16 kv:i8} where they differ. */
  public String label() {
    return label(query.label(), keyValue.label());
  }

  /** The label of two types by their own labels. */
  public static String label(String query, String keyValue) {
    return query.equals(keyValue) ? query : query + " kv:" + keyValue;
  }
}
