package io.github.attn4j.core.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StorageFormsTest {
  private static final AttentionSpec PLAIN = base().build();
  private static final AttentionSpec HALF = base().storage(ElementType.F16).build();
  private static final AttentionSpec MIXED = base().keyValueType(ElementType.I8).build();
  private static final AttentionSpec PACKED_QUERIES = base().packedQueries().build();
  private static final AttentionSpec PACKED_KEYS = base().packedKeys().build();
  private static final AttentionSpec PAGED =
      base().paged(16, List.of(List.of(1), List.of(0))).build();
  private static final AttentionSpec RAGGED = base().queryLengths(List.of(3, 5)).build();

  @Test
  void plainFormsRefuseEveryOtherByName() {
    assertThat(StorageForms.PLAIN.takes(PLAIN)).isEqualTo(Support.yes());
    refuses(StorageForms.PLAIN, HALF, "takes queries of f32, not of f16");
    refuses(StorageForms.PLAIN, MIXED, "takes keys and values of f32, not of i8");
    refuses(StorageForms.PLAIN, PACKED_QUERIES, "takes queries in a slot for each sequence, not");
    refuses(StorageForms.PLAIN, PACKED_KEYS, "takes keys in a slot for each sequence, not packed");
    refuses(StorageForms.PLAIN, PAGED, "not on pages of 16");
    refuses(StorageForms.PLAIN, RAGGED, "as many queries of each sequence, not lengths of [3, 5]");
  }

  @Test
  void eachFormIsLiftedAlone() {
    StorageForms half =
        StorageForms.PLAIN.withTypes(
            Set.of(ElementType.F32, ElementType.F16), Set.of(ElementType.F32, ElementType.F16));
    assertThat(half.takes(HALF)).isEqualTo(Support.yes());
    refuses(half, MIXED, "takes keys and values of f32, f16, not of i8");
    refuses(half, PAGED, "pages");
    assertThat(StorageForms.PLAIN.withPages().takes(PAGED)).isEqualTo(Support.yes());
    refuses(StorageForms.PLAIN.withPages(), PACKED_KEYS, "packed");
    assertThat(StorageForms.PLAIN.withRaggedQueries().takes(RAGGED)).isEqualTo(Support.yes());
    refuses(StorageForms.PLAIN.withRaggedQueries(), PACKED_QUERIES, "packed");
    for (AttentionSpec spec : List.of(PACKED_QUERIES, PACKED_KEYS, RAGGED)) {
      assertThat(StorageForms.PLAIN.withPackedRows().takes(spec)).isEqualTo(Support.yes());
    }
  }

  @Test
  void allTakesWhateverASpecMayAskFor() {
    for (AttentionSpec spec :
        List.of(PLAIN, HALF, MIXED, PACKED_QUERIES, PACKED_KEYS, PAGED, RAGGED)) {
      assertThat(StorageForms.ALL.takes(spec)).isEqualTo(Support.yes());
    }
  }

  private static void refuses(StorageForms forms, AttentionSpec spec, String reason) {
    assertThat(forms.takes(spec))
        .isInstanceOfSatisfying(Support.No.class, no -> assertThat(no.reason()).contains(reason));
  }

  private static AttentionSpecBuilder base() {
    return AttentionSpec.builder().batch(2).length(5);
  }
}
