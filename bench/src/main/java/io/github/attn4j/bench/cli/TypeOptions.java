package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.shape.Storage;
import io.github.attn4j.core.spec.ElementType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that say which types tensors are stored in. */
final class TypeOptions {
  private static final String QUERIES = "--dtype";
  private static final String KEYS = "--kv-dtype";

  @Option(
      names = QUERIES,
      paramLabel = "TYPE[,...]",
      split = ",",
      description = "Types of Q and O: f32, f16, bf16. Default: f32.")
  private @Nullable List<String> queryTypes;

  @Option(
      names = KEYS,
      paramLabel = "TYPE[,...]",
      split = ",",
      description =
          "Types of K and V, each with each of --dtype: f32, f16, bf16, i8, f8e4m3 (the last two with a"
              + " scale for every 16 keys of a head). Default: as --dtype.")
  private @Nullable List<String> keyValueTypes;

  /** Whether a type was named. */
  boolean given() {
    return queryTypes != null || keyValueTypes != null;
  }

  /** The option that was given, for messages; empty if none was. */
  String name() {
    return queryTypes != null ? QUERIES : keyValueTypes != null ? KEYS : "";
  }

  /**
   * Every pair of types, in the order in which they were named.
   *
   * @throws IllegalArgumentException naming the option and what it cannot be
   */
  List<Storage> storages() {
    List<ElementType> queries =
        queryTypes == null ? List.of(ElementType.F32) : parse(QUERIES, queryTypes);
    for (ElementType type : queries) {
      if (type.scaled()) {
        throw new IllegalArgumentException(
            "%s %s: Q and O cannot be stored so, only K and V can: %s %s"
                .formatted(QUERIES, type.label(), KEYS, type.label()));
      }
    }
    List<Storage> pairs = new ArrayList<>();
    for (ElementType query : queries) {
      List<ElementType> keys = keyValueTypes == null ? List.of(query) : parse(KEYS, keyValueTypes);
      keys.forEach(key -> pairs.add(Storage.of(query, key)));
    }
    return pairs.stream().distinct().toList();
  }

  private static List<ElementType> parse(String option, List<String> labels) {
    List<ElementType> types = new ArrayList<>();
    for (String label : labels) {
      try {
        types.add(ElementType.parse(label.strip()));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
      }
    }
    return types;
  }
}
