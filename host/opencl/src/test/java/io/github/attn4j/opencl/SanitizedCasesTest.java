package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.run.SanitizeGrid;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.ElementTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SanitizedCasesTest {
  private static final ElementTypes TYPES = new ElementTypes(ElementType.F16, ElementType.I8);

  @ParameterizedTest
  @EnumSource
  void casesSurviveTheWayIntoTheProcess(SanitizedCases.Grid grid) {
    SanitizedCases own = new SanitizedCases(grid, null);
    SanitizedCases typed = new SanitizedCases(grid, TYPES);
    assertThat(SanitizedCases.decode(own.encode())).isEqualTo(own);
    assertThat(SanitizedCases.decode(typed.encode())).isEqualTo(typed);
    assertThat(own.cases()).isNotEmpty();
    assertThat(typed.cases())
        .isNotEmpty()
        .allMatch(one -> one.spec().queryType() == ElementType.F16)
        .allMatch(one -> one.spec().keyValueType() == ElementType.I8);
  }

  @Test
  void withoutTypesTheGridIsAsItWas() {
    assertThat(new SanitizedCases(SanitizedCases.Grid.SMALL, null).cases())
        .extracting(one -> one.spec().wholeLabel())
        .isEqualTo(SanitizeGrid.small().stream().map(one -> one.spec().wholeLabel()).toList());
  }
}
