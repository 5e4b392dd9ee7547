package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.run.CacheGrid;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.SanitizeGrid;
import io.github.attn4j.core.run.TypeGrid;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.ElementTypes;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Oclgrind} is asked about, as words that survive the way into its process.
 *
 * @param grid which cases
 * @param types of all of them; null for the grid's own: float32, and in the cache grid several
 */
public record SanitizedCases(Grid grid, @Nullable ElementTypes types) {
  private static final long SEED = 1;

  /** A grid by name. */
  public enum Grid {
    /** What the test suite runs. */
    TINY {
      @Override
      List<GridCase> cases() {
        return SanitizeGrid.tiny();
      }
    },
    /** Every kind of tail, mask and layout. */
    SMALL {
      @Override
      List<GridCase> cases() {
        return SanitizeGrid.small();
      }
    },
    /** More lengths, masks and dimensions. */
    LARGE {
      @Override
      List<GridCase> cases() {
        return SanitizeGrid.large();
      }
    },
    /** Pages and packed sequences, as in a cache. */
    CACHE {
      @Override
      List<GridCase> cases() {
        return CacheGrid.tiny(SEED);
      }
    },
    /** What reaches every branch of the kernels: with pages and a case of each pair of types. */
    COMPLETE {
      @Override
      List<GridCase> cases() {
        List<GridCase> cases = new ArrayList<>(SanitizeGrid.small());
        cases.addAll(SanitizeGrid.branches());
        cases.addAll(CacheGrid.tiny(SEED));
        cases.addAll(TypeGrid.tiny(SEED));
        return List.copyOf(cases);
      }
    };

    abstract List<GridCase> cases();
  }

  /** Pages and packed rows are laid out for their types, and the others were drawn as float32. */
  private static boolean takesAnyType(GridCase one) {
    AttentionSpec spec = one.spec();
    return spec.types().equals(new ElementTypes(ElementType.F32, ElementType.F32))
        && spec.queryPlacement().equals(RowPlacement.padded())
        && spec.keyPlacement().equals(RowPlacement.padded());
  }

  /** The cases, in these types; of those that were drawn for their types, the ones with these. */
  public List<GridCase> cases() {
    List<GridCase> all = grid.cases();
    ElementTypes chosen = types;
    if (chosen == null) {
      return all;
    }
    List<GridCase> cases =
        new ArrayList<>(
            TypeGrid.of(
                all.stream().filter(SanitizedCases::takesAnyType).toList(),
                chosen.query(),
                chosen.keyValue()));
    all.stream()
        .filter(one -> !takesAnyType(one) && chosen.equals(one.spec().types()))
        .forEach(cases::add);
    return List.copyOf(cases);
  }

  /**
   * The cases for a kernel: those of types that it does not take in one of 16 bits instead, where
   * no types were chosen.
   */
  List<GridCase> casesOf(KernelVariant kernel) {
    List<GridCase> own = new ArrayList<>();
    for (GridCase one : cases()) {
      if (types != null || kernel.storageForms().takes(one.spec()) instanceof Support.Yes) {
        own.add(one);
      } else {
        ElementType type = own.size() % 2 == 0 ? ElementType.F16 : ElementType.BF16;
        AttentionSpec spec = one.spec().toBuilder().storage(type).build();
        own.add(new GridCase(one.name(), spec, one.family(), one.seed()));
      }
    }
    return List.copyOf(own);
  }

  /** As one word; {@link #decode} is its inverse. */
  String encode() {
    return types == null
        ? grid.name()
        : String.join("/", grid.name(), types.query().label(), types.keyValue().label());
  }

  static SanitizedCases decode(String text) {
    String[] parts = text.split("/", -1);
    return new SanitizedCases(
        Grid.valueOf(parts[0]),
        parts.length == 1
            ? null
            : new ElementTypes(ElementType.parse(parts[1]), ElementType.parse(parts[2])));
  }
}
