package io.github.attn4j.core.kernel;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * In which forms a kernel has code for Q, K, V and O in memory. One check for all backends, so that
 * a kernel without code for a form says so by name instead of reading something else.
 *
 * @param queryTypes of Q and O
 * @param keyValueTypes of K and V, in any company of those of Q
 * @param packed whether sequences may lie behind each other in one slot
 * @param paged whether keys and values may lie on pages
 * @param raggedQueries whether sequences may have fewer than Sq queries
 */
public record StorageForms(
    Set<ElementType> queryTypes,
    Set<ElementType> keyValueTypes,
    boolean packed,
    boolean paged,
    boolean raggedQueries) {
  /** Float32, sequences in slots of their own, as many queries each. */
  public static final StorageForms PLAIN =
      new StorageForms(Set.of(ElementType.F32), Set.of(ElementType.F32), false, false, false);

  /** Whatever a spec may ask for. */
  public static final StorageForms ALL =
      new StorageForms(
          EnumSet.of(ElementType.F32, ElementType.F16, ElementType.BF16),
          EnumSet.allOf(ElementType.class),
          true,
          true,
          true);

  /** Keeps sets of its own. */
  public StorageForms {
    queryTypes = Collections.unmodifiableSet(EnumSet.copyOf(queryTypes));
    keyValueTypes = Collections.unmodifiableSet(EnumSet.copyOf(keyValueTypes));
  }

  /** The same with these types of Q and O, and of K and V. */
  public StorageForms withTypes(Set<ElementType> query, Set<ElementType> keyValue) {
    return new StorageForms(query, keyValue, packed, paged, raggedQueries);
  }

  /** The same and packed rows, which come with sequences of different length. */
  public StorageForms withPackedRows() {
    return new StorageForms(queryTypes, keyValueTypes, true, paged, true);
  }

  /** The same and pages. */
  public StorageForms withPages() {
    return new StorageForms(queryTypes, keyValueTypes, packed, true, raggedQueries);
  }

  /** The same and sequences of fewer than Sq queries. */
  public StorageForms withRaggedQueries() {
    return new StorageForms(queryTypes, keyValueTypes, packed, paged, true);
  }

  /** Whether a spec's tensors have one of these forms, or which of them it is that has not. */
  public Support takes(AttentionSpec spec) {
    if (!queryTypes.contains(spec.queryType())) {
      return Support.no(
          "takes queries of %s, not of %s".formatted(labels(queryTypes), spec.queryType().label()));
    }
    if (!keyValueTypes.contains(spec.keyValueType())) {
      return Support.no(
          "takes keys and values of %s, not of %s"
              .formatted(labels(keyValueTypes), spec.keyValueType().label()));
    }
    if (!packed && spec.queryPlacement() instanceof RowPlacement.Packed) {
      return Support.no("takes queries in a slot for each sequence, not packed ones");
    }
    if (!packed && spec.keyPlacement() instanceof RowPlacement.Packed) {
      return Support.no("takes keys in a slot for each sequence, not packed ones");
    }
    if (!paged && spec.keyPlacement() instanceof RowPlacement.Paged pages) {
      return Support.no(
          "takes keys in a slot for each sequence, not on pages of %d".formatted(pages.pageSize()));
    }
    if (!raggedQueries && spec.hasRaggedQueries()) {
      return Support.no(
          "takes as many queries of each sequence, not lengths of " + spec.queryLengths());
    }
    return Support.yes();
  }

  private static String labels(Set<ElementType> types) {
    return types.stream().map(ElementType::label).collect(Collectors.joining(", "));
  }
}
