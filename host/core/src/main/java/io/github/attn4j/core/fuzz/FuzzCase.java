package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.List;

/**
 * One random problem, complete: from it alone come the spec, the data and what lies around them.
 *
 * @param schemaVersion {@value #SCHEMA_VERSION}
 * @param kernel global id of the kernel that failed on it; empty while none has
 * @param found what was found, and where it was drawn; nothing depends on it
 * @param family what Q, K and V hold where somebody may look
 * @param seed of that
 * @param poison what lies everywhere else
 * @param shape numbers of the spec
 * @param masks what hides pairs
 * @param places where rows lie
 */
public record FuzzCase(
    int schemaVersion,
    String kernel,
    String found,
    AdversarialFamily family,
    long seed,
    PoisonKind poison,
    FuzzShape shape,
    FuzzMasks masks,
    FuzzPlaces places) {
  /** Version of the form in which cases are written. */
  public static final int SCHEMA_VERSION = 1;

  /** A case that no kernel has failed on. */
  FuzzCase(
      AdversarialFamily family,
      long seed,
      PoisonKind poison,
      FuzzShape shape,
      FuzzMasks masks,
      FuzzPlaces places) {
    this(SCHEMA_VERSION, "", "", family, seed, poison, shape, masks, places);
  }

  /** The same as a failure of a kernel. */
  public FuzzCase of(String globalId, String finding) {
    return new FuzzCase(
        schemaVersion, globalId, finding, family, seed, poison, shape, masks, places);
  }

  FuzzCase with(AdversarialFamily data) {
    return new FuzzCase(schemaVersion, kernel, found, data, seed, poison, shape, masks, places);
  }

  FuzzCase with(PoisonKind around) {
    return new FuzzCase(schemaVersion, kernel, found, family, seed, around, shape, masks, places);
  }

  FuzzCase with(FuzzShape numbers) {
    return new FuzzCase(schemaVersion, kernel, found, family, seed, poison, numbers, masks, places);
  }

  FuzzCase with(FuzzMasks hiding) {
    return new FuzzCase(schemaVersion, kernel, found, family, seed, poison, shape, hiding, places);
  }

  FuzzCase with(FuzzPlaces rows) {
    return new FuzzCase(schemaVersion, kernel, found, family, seed, poison, shape, masks, rows);
  }

  /**
   * The problem.
   *
   * @throws IllegalArgumentException naming what does not fit
   */
  public AttentionSpec spec() {
    RowPlacement queries = places.queries().placement();
    RowPlacement keys = places.keys().placement();
    queries.requireHolds("queries", shape.queryLengths());
    keys.requireHolds("keys", shape.keyLengths());
    int querySlots = queries.slots(shape.batch());
    int queryRows = queries.rowsPerSlot(shape.queryLength(), shape.queryLengths());
    int keySlots = keys.slots(shape.batch());
    int keyRows = keys.rowsPerSlot(shape.kvLength(), shape.keyLengths());
    var builder =
        AttentionSpec.builder()
            .batch(shape.batch())
            .heads(shape.queryHeads(), shape.kvHeads())
            .lengths(shape.queryLength(), shape.kvLength())
            .dims(shape.headDim(), shape.valueDim())
            .softCap(shape.softCap())
            .scoreModifier(masks.scoreModifier())
            .mask(masks.mask(shape))
            .queryOffsets(shape.queryOffsets())
            .queryLengths(shape.queryLengths())
            .keyLengths(shape.keyLengths())
            .queryType(shape.queryType())
            .keyValueType(shape.keyValueType())
            .queryPlacement(queries)
            .keyPlacement(keys)
            .deterministic(shape.deterministic())
            .layouts(
                places.q().layout(querySlots, shape.queryHeads(), queryRows, shape.headDim()),
                places.k().layout(keySlots, shape.kvHeads(), keyRows, shape.headDim()),
                places.v().layout(keySlots, shape.kvHeads(), keyRows, shape.valueDim()),
                places.o().layout(querySlots, shape.queryHeads(), queryRows, shape.valueDim()));
    if (shape.scale() != null) {
      builder.scale(shape.scale());
    }
    return builder.build();
  }

  /** In a few words, for tables and messages. */
  public String label() {
    List<Integer> trailing = List.of(places.q().after(), places.k().after(), places.v().after());
    return "%s, %s, %s around, %s elements behind Q, K, V"
        .formatted(
            spec().label(),
            family.label(),
            poison.name().toLowerCase(java.util.Locale.ROOT),
            trailing);
  }
}
