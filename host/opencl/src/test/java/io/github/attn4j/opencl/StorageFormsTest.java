package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.run.CacheGrid;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.TypeGrid;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a kernel declares of types and placements is what it supports. */
class StorageFormsTest {
  @ParameterizedTest
  @EnumSource(
      value = OpenClKernel.class,
      names = "FLASH_MMA", // refuses some of its forms for other reasons: below
      mode = EnumSource.Mode.EXCLUDE)
  void supportsNoFormThatItHasNoCodeFor(OpenClKernel kernel) {
    try (OpenClSession session = TestDevices.openPreferred()) {
      DeviceInfo device = session.device();
      for (List<GridCase> grid : List.of(TypeGrid.small(1), CacheGrid.full(1))) {
        for (GridCase each : grid) {
          Support forms = kernel.storageForms().takes(each.spec());
          assertThat(kernel.supports(each.spec(), device)).as(each.spec().label()).isEqualTo(forms);
        }
      }
    }
  }

  @Test
  void refusesWhatTensorCoresHaveNoTypeForBeforeAskingForThem() {
    OpenClKernel kernel = OpenClKernel.FLASH_MMA;
    int refused = 0;
    try (OpenClSession session = TestDevices.openPreferred()) {
      for (GridCase each : TypeGrid.small(1)) {
        if (kernel.storageForms().takes(each.spec()) instanceof Support.No no) {
          assertThat(kernel.supports(each.spec(), session.device())).isEqualTo(no);
          refused++;
        }
      }
    }
    assertThat(refused).isPositive();
  }
}
