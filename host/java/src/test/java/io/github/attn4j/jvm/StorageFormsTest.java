package io.github.attn4j.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.run.CacheGrid;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.TypeGrid;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a kernel declares of types and placements is what it supports. */
class StorageFormsTest {
  @ParameterizedTest
  @EnumSource(JavaKernel.class)
  void supportsNoFormThatItHasNoCodeFor(JavaKernel kernel) {
    DeviceInfo device = new JavaBackend().devices().getFirst();
    for (List<GridCase> grid : List.of(TypeGrid.small(1), CacheGrid.full(1))) {
      for (GridCase each : grid) {
        Support forms = kernel.storageForms().takes(each.spec());
        assertThat(kernel.supports(each.spec(), device)).as(each.spec().label()).isEqualTo(forms);
      }
    }
  }
}
