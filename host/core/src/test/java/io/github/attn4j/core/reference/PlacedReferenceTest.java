package io.github.attn4j.core.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.input.PageTables;
import io.github.attn4j.core.run.CacheGrid;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where rows lie changes no result, of the oracle and of the plain version alike. */
class PlacedReferenceTest {
  @Test
  void placementsOfTheGridEqualPaddedRows() {
    for (GridCase each : CacheGrid.quick(5)) {
      AttentionInputs placed = each.inputs();
      AttentionSpec padded =
          each.spec().toBuilder()
              .queryPlacement(RowPlacement.padded())
              .keyPlacement(RowPlacement.padded())
              .build();
      requireEqual(each.name(), placed, placed.rearranged(padded));
    }
  }

  @Test
  void permutedPageTablesChangeNothing() {
    List<Integer> keys = List.of(150, 31, 0, 96);
    for (ElementType type : List.of(ElementType.F32, ElementType.F16, ElementType.I8)) {
      for (int pageSize : new int[] {16, 32}) {
        AttentionSpecBuilder builder =
            AttentionSpec.builder()
                .batch(4)
                .heads(2, 1)
                .lengths(3, 150)
                .dims(16, 8)
                .keyLengths(keys)
                .keyValueType(type);
        AttentionSpec inOrder = builder.keyPlacement(PageTables.inOrder(pageSize, keys)).build();
        AttentionInputs expected = AttentionInputs.generate(inOrder, InputFamily.NORMAL, 8);
        for (int seed = 0; seed < 5; seed++) {
          AttentionSpec shuffled =
              builder.keyPlacement(PageTables.shuffled(pageSize, keys, seed)).build();
          requireEqual(
              "pages of " + pageSize,
              expected,
              AttentionInputs.generate(shuffled, InputFamily.NORMAL, 8));
        }
      }
    }
  }

  /** A ragged batch is its sequences, each computed alone. */
  @Test
  void sequencesDoNotSeeTheirNeighbours() {
    List<Integer> queries = List.of(5, 1, 7);
    List<Integer> keys = List.of(40, 9, 7);
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(3)
            .heads(2, 1)
            .lengths(7, 40)
            .dims(16, 8)
            .packedQueries(queries)
            .packedKeys(keys)
            .mask(Mask.causal())
            .build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 3);
    ReferenceResult all = ReferenceAttention.compute(inputs, RowSample.all(spec));
    int[] rows = all.sample().rows();
    assertThat(rows).hasSize(2 * 13);
    for (int b = 0; b < 3; b++) {
      AttentionSpec alone =
          spec.toBuilder()
              .batch(1)
              .queryOffsets(List.of(keys.get(b) - queries.get(b)))
              .queryLengths(List.of(queries.get(b)))
              .keyLengths(List.of(keys.get(b)))
              .queryPlacement(new RowPlacement.Packed(List.of(starts(queries, b))))
              .keyPlacement(new RowPlacement.Packed(List.of(starts(keys, b))))
              .layouts(spec.q(), spec.k(), spec.v(), spec.o())
              .build();
      AttentionInputs part =
          new AttentionInputs(alone, "alone", inputs.q(), inputs.k(), inputs.v());
      ReferenceResult one = ReferenceAttention.compute(part, RowSample.all(alone));
      for (int h = 0; h < 2; h++) {
        for (int i = 0; i < queries.get(b); i++) {
          int slot = Arrays.binarySearch(rows, spec.lseIndex(b, h, i));
          assertThat(all.lse()[slot]).isEqualTo(one.lse()[h * queries.get(b) + i]);
        }
      }
    }
  }

  @Test
  void samplesHoldRowsThatExist() {
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(3)
            .heads(2)
            .lengths(100, 100)
            .queryLengths(List.of(100, 0, 3))
            .build();
    assertThat(RowSample.all(spec).rows()).hasSize(206);
    assertThat(RowSample.of(spec, 206, 1).rows()).isEqualTo(RowSample.all(spec).rows());
    int[] some = RowSample.of(spec, 20, 1).rows();
    assertThat(some).hasSize(20).contains(0, 99, 100, 199, 400, 402, 500, 502);
    assertThat(RowSample.all(spec).rows()).contains(some);
  }

  private static int starts(List<Integer> lengths, int b) {
    return lengths.subList(0, b).stream().mapToInt(Integer::intValue).sum();
  }

  private static void requireEqual(String name, AttentionInputs one, AttentionInputs other) {
    RowSample sample = RowSample.of(one.spec(), 80, 1);
    assertThat(RowSample.of(other.spec(), 80, 1).rows()).isEqualTo(sample.rows());
    ReferenceResult expected = ReferenceAttention.compute(one, sample);
    ReferenceResult actual = ReferenceAttention.compute(other, sample);
    assertThat(actual.o()).as(name).isEqualTo(expected.o());
    assertThat(actual.lse()).as(name).isEqualTo(expected.lse());
    assertThat(PlainAttention.compute(other, sample).o())
        .as(name)
        .isEqualTo(PlainAttention.compute(one, sample).o());
    assertThat(expected.lse().length).isGreaterThan(0);
  }
}
