package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.input.PageTables;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code flash_query_lanes} chooses by itself. */
class QueryLanesTest {
  private static final DeviceInfo TWO_CORES =
      new DeviceInfo(
          OpenClBackend.ID,
          0,
          "two cores",
          DeviceInfo.Kind.CPU,
          "none",
          2,
          1L << 34,
          1 << 18,
          4096,
          List.of(),
          Map.of());

  @Test
  void convertedTilesAreSharedByMoreQueries() {
    AttentionSpec plain = AttentionSpec.builder().heads(8).length(1024).dim(64).build();
    AttentionSpec half = plain.toBuilder().storage(ElementType.F16).build();
    AttentionSpec onlyQueries = plain.toBuilder().queryType(ElementType.F16).build();
    AttentionSpec pages =
        plain.toBuilder().keyPlacement(PageTables.inOrder(16, plain.keyLengths())).build();
    assertThat(queries(plain)).isEqualTo(64);
    assertThat(queries(onlyQueries)).isEqualTo(64);
    assertThat(queries(half)).isEqualTo(128);
    assertThat(queries(pages)).isEqualTo(128);
  }

  @Test
  void coresKeepEnoughItems() {
    AttentionSpec fewer =
        AttentionSpec.builder().length(1024).dim(64).storage(ElementType.F16).build();
    assertThat(queries(fewer)).isEqualTo(64);
    assertThat(queries(fewer.toBuilder().length(2048).build())).isEqualTo(128);
  }

  /** Whatever the batch, the lengths, the placement and the units, which shift a row's tiles. */
  @Test
  void neighboursAndUnitsDecideNothingWhereResultsAreDeterministic() {
    for (int heads : List.of(1, 8, 32)) {
      AttentionSpec half =
          AttentionSpec.builder()
              .heads(heads)
              .length(1024)
              .dim(64)
              .storage(ElementType.F16)
              .deterministic(true)
              .build();
      AttentionSpec pages =
          half.toBuilder().keyPlacement(PageTables.inOrder(16, half.keyLengths())).build();
      assertThat(queries(half)).isEqualTo(64);
      assertThat(queries(pages)).isEqualTo(64);
    }
  }

  /** An item is a row of the block map. */
  @Test
  void blockMapsDecideTheQueriesOfAnItem() {
    AttentionSpec masked =
        AttentionSpec.builder()
            .heads(8)
            .length(1024)
            .dim(64)
            .storage(ElementType.F16)
            .mask(Mask.expression(MaskExpression.parse("(p + k) % 2 == 0")))
            .build();
    assertThat(queries(masked)).isEqualTo(64);
  }

  private static int queries(AttentionSpec spec) {
    return QueryLanes.of(QueryLanes.defaultTuning(spec, TWO_CORES)).queries();
  }
}
