package io.github.attn4j.core.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PlacedInputsTest {
  private static final List<Integer> KEYS = List.of(70, 0, 33);
  private static final List<Integer> QUERIES = List.of(5, 9, 1);

  private static AttentionSpecBuilder base() {
    return AttentionSpec.builder()
        .batch(3)
        .heads(4, 2)
        .lengths(9, 70)
        .dims(8, 5)
        .queryLengths(QUERIES)
        .keyLengths(KEYS);
  }

  private static List<AttentionSpec> placements(ElementType query, ElementType keyValue) {
    List<AttentionSpec> specs = new ArrayList<>();
    AttentionSpecBuilder builder = base().queryType(query).keyValueType(keyValue);
    specs.add(builder.build());
    specs.add(builder.bshd().build());
    specs.add(builder.packedQueries().packedKeys().build());
    specs.add(builder.contiguous().build());
    for (int pageSize : new int[] {16, 64, 256}) {
      specs.add(builder.keyPlacement(PageTables.inOrder(pageSize, KEYS)).build());
      specs.add(builder.keyPlacement(PageTables.shuffled(pageSize, KEYS, 3)).build());
      specs.add(builder.bshd().build());
    }
    return specs;
  }

  /** Whatever the placement, row j of a head of a sequence holds the same values and scales. */
  @ParameterizedTest
  @EnumSource
  void placementsHoldTheSameValues(ElementType type) {
    ElementType query = type.scaled() ? ElementType.F16 : type;
    List<AttentionSpec> specs = placements(query, type);
    AttentionInputs padded = AttentionInputs.generate(specs.getFirst(), InputFamily.NORMAL, 9);
    for (AttentionSpec spec : specs) {
      requireSameRows(padded, AttentionInputs.generate(spec, InputFamily.NORMAL, 9));
      requireSameRows(padded, padded.rearranged(spec));
      AttentionInputs back = padded.rearranged(spec).rearranged(specs.getFirst());
      requireSameRows(padded, back);
      assertThat(back.kScales()).isEqualTo(padded.kScales());
    }
  }

  @Test
  void whatNobodyHasIsNan() {
    AttentionSpec spec = base().keyPlacement(PageTables.shuffled(16, KEYS, 3)).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.NORMAL, 2);
    int finite = 0;
    for (float element : inputs.k()) {
      finite += Float.isFinite(element) ? 1 : 0;
    }
    assertThat(finite).isEqualTo((70 + 33) * 2 * 8);
    assertThat(inputs.k().length).isGreaterThan(finite + 16 * 2 * 8);
    // Query 5 of sequence 0 has a row in its slot, and does not exist.
    assertThat(inputs.q()[spec.queryRow(0, 0, 4)]).isFinite();
    assertThat(inputs.q()[spec.queryRow(0, 0, 4) + 8]).isNaN();
  }

  @ParameterizedTest
  @EnumSource(names = {"POISON_NAN", "POISON_INF"})
  void poisonFillsWhatNoSequenceSees(InputFamily family) {
    for (ElementType type : ElementType.values()) {
      AttentionSpec spec =
          base()
              .keyValueType(type)
              .keyPlacement(PageTables.shuffled(16, KEYS, 3))
              .mask(Mask.window(17, 0))
              .build();
      AttentionInputs inputs = AttentionInputs.generate(spec, family, 2);
      // Queries 0 to 4 of sequence 0 stand at keys 65 to 69 and see from key 48 on.
      assertThat(Float.isFinite(inputs.v()[spec.valueRow(0, 1, 47)])).isFalse();
      assertThat(inputs.v()[spec.valueRow(0, 1, 48)]).isFinite();
      if (type != ElementType.I8) {
        assertThat(Float.isFinite(inputs.k()[spec.keyRow(2, 0, 14)])).isFalse();
      }
      float beside = inputs.k()[spec.keyRow(2, 0, 15)];
      assertThat(beside).isFinite();
    }
  }

  /** In a run with a visible row, I8 has no NaN; the code that nothing has stands for it. */
  @Test
  void poisonOfI8BesideVisibleRowsIsTheCodeThatNothingHas() {
    AttentionSpec spec = base().keyValueType(ElementType.I8).mask(Mask.window(10, 0)).build();
    AttentionInputs inputs = AttentionInputs.generate(spec, InputFamily.POISON_NAN, 2);
    // Sequence 0 sees from key 55 on; 48 shares its scale.
    float scale = inputs.vScales()[spec.scaleIndex(0, 0, 48)];
    assertThat(inputs.v()[spec.valueRow(0, 0, 54)]).isEqualTo(-128 * scale);
    assertThat(inputs.valueCodes()[spec.valueRow(0, 0, 54)]).isEqualTo((byte) -128);
    assertThat(inputs.v()[spec.valueRow(0, 0, 47)]).isNaN();
  }

  @Test
  void sharedPagesHoldTheLastSequencesRows() {
    List<Integer> lengths = List.of(40, 70, 20);
    AttentionSpec own =
        base().keyLengths(lengths).keyPlacement(PageTables.shuffled(16, lengths, 1)).build();
    AttentionSpec shared =
        own.toBuilder().keyPlacement(PageTables.sharingPrefix(16, lengths, 40, 1)).build();
    assertThat(shared.keyPlacement().sharesRows()).isTrue();
    AttentionInputs ownRows = AttentionInputs.generate(own, InputFamily.NORMAL, 4);
    AttentionInputs sharedRows = AttentionInputs.generate(shared, InputFamily.NORMAL, 4);
    // Sequence 2 reaches 4 rows into the second page, sequence 1 has the rest of it.
    for (int[] row : new int[][] {{0, 0, 2}, {0, 19, 2}, {0, 20, 1}, {0, 31, 1}, {0, 32, 0}}) {
      assertThat(sharedRows.k()[shared.keyRow(row[0], 1, row[1])])
          .isEqualTo(ownRows.k()[own.keyRow(row[2], 1, row[1])]);
    }
    // Nobody's own pages hold both: moving them there is refused, the other way is not.
    assertThatThrownBy(() -> ownRows.rearranged(shared))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sequence 1 shares the page of its row 0");
    AttentionInputs apart = sharedRows.rearranged(own);
    requireSameRows(sharedRows, apart);
    requireSameRows(sharedRows, apart.rearranged(shared));
  }

  @Test
  void contiguousTensorsAreRoundedAndPlaced() {
    AttentionSpec spec =
        base().storage(ElementType.BF16).packedQueries().packedKeys().bshd().build();
    float[] q = new float[3 * 4 * 9 * 8];
    float[] k = new float[3 * 2 * 70 * 8];
    float[] v = new float[3 * 2 * 70 * 5];
    for (int i = 0; i < k.length; i++) {
      k[i] = i / 3f;
    }
    AttentionInputs inputs = AttentionInputs.ofContiguous(spec, "given", q, k, v);
    float given = k[((2 * 2 + 1) * 70 + 32) * 8 + 7];
    assertThat(inputs.k()[spec.keyRow(2, 1, 32) + 7])
        .isEqualTo(ElementType.BF16.round(given))
        .isNotEqualTo(given);
    assertThat(k[1]).isEqualTo(1 / 3f); // rounded in a copy
    assertThat(inputs.bytes()).isEqualTo(2L * (15 * 4 * 8 + 103 * 2 * 8 + 103 * 2 * 5));
  }

  @Test
  void dataOfOtherTypesOrShapesIsRefused() {
    AttentionInputs inputs = AttentionInputs.generate(base().build(), InputFamily.NORMAL, 1);
    AttentionSpec half = base().queryType(ElementType.F16).build();
    assertThatThrownBy(() -> inputs.withSpec(half))
        .hasMessage("data for the types f32 and f32 is none for f16 and f32");
    assertThatThrownBy(() -> inputs.rearranged(base().keyLengths(List.of(1, 2, 3)).build()))
        .hasMessageContaining("key lengths [70, 0, 33]")
        .hasMessageContaining("key lengths [1, 2, 3]");
  }

  @Test
  void gathersOutputsFromTheirPlaces() {
    AttentionSpec spec = base().packedQueries().build();
    float[] o = new float[spec.outputElements()];
    for (int i = 0; i < o.length; i++) {
      o[i] = i;
    }
    float[] contiguous = Tensors.gatherOutput(o, spec);
    assertThat(contiguous).hasSize(3 * 4 * 9 * 5);
    assertThat(contiguous[((2 * 4 + 3) * 9 + 0) * 5 + 4]).isEqualTo(spec.outputRow(2, 3, 0) + 4f);
    assertThat(contiguous[((2 * 4 + 3) * 9 + 1) * 5]).isNaN();
  }

  @Test
  void shuffledTablesLeavePagesUnused() {
    RowPlacement.Paged paged = PageTables.shuffled(16, List.of(100, 100), 5);
    assertThat(paged.sharesRows()).isFalse();
    assertThat(paged.slots(2)).isGreaterThan(14);
    assertThat(paged).isNotEqualTo(PageTables.shuffled(16, List.of(100, 100), 6));
    assertThat(PageTables.inOrder(64, List.of(65, 0, 1)))
        .isEqualTo(new RowPlacement.Paged(64, List.of(List.of(0, 1), List.of(), List.of(2))));
  }

  private static void requireSameRows(AttentionInputs expected, AttentionInputs actual) {
    AttentionSpec one = expected.spec();
    AttentionSpec other = actual.spec();
    for (int b = 0; b < one.batch(); b++) {
      for (int h = 0; h < one.queryHeads(); h++) {
        for (int i = 0; i < one.queryLengths().get(b); i++) {
          requireSame(expected.q(), one.queryRow(b, h, i), actual.q(), other.queryRow(b, h, i), 8);
        }
      }
      for (int h = 0; h < one.kvHeads(); h++) {
        for (int key = 0; key < one.keyLengths().get(b); key++) {
          requireSame(expected.k(), one.keyRow(b, h, key), actual.k(), other.keyRow(b, h, key), 8);
          requireSame(
              expected.v(), one.valueRow(b, h, key), actual.v(), other.valueRow(b, h, key), 5);
          if (one.keyValueType().scaled()) {
            requireSame(
                expected.kScales(),
                one.scaleIndex(b, h, key),
                actual.kScales(),
                other.scaleIndex(b, h, key),
                1);
          }
        }
      }
    }
  }

  private static void requireSame(float[] a, int at, float[] b, int bt, int count) {
    for (int i = 0; i < count; i++) {
      assertThat(Float.isFinite(a[at + i])).isTrue();
      assertThat(b[bt + i]).isEqualTo(a[at + i]);
    }
  }
}
