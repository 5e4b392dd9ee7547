package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class CellTuningsTest {
  private static final Backends BACKENDS = new Backends();
  private static final KernelVariant KERNEL = BACKENDS.kernel("opencl:flash_query_lanes");
  private static final DeviceInfo DEVICE = BACKENDS.device("java:0"); // any: nothing is launched
  private static final CellSpec CELL =
      new CellSpec(
          KERNEL.globalId(),
          "opencl:0",
          InputSource.of("normal"),
          Shape.square(1, 16, 64, "causal"),
          1);
  private static final Tuning MASKED = Tuning.parse("BLOCK_KV=32 QUERY_TILES=1");
  private static final Tuning UNMASKED = Tuning.parse("BLOCK_KV=64 QUERY_TILES=2");

  @BeforeEach
  @AfterEach
  void noneIsSet() {
    System.clearProperty(CellTunings.OWN);
    System.clearProperty(CellTunings.WITHOUT_MASK);
  }

  /** As the fork's JVM does with its arguments. */
  private static void cross(CellTunings tunings) {
    for (String argument : tunings.jvmArguments()) {
      assertThat(argument).startsWith("-D").doesNotContain(" ");
      String[] sides = argument.substring(2).split("=", 2);
      System.setProperty(sides[0], sides[1]);
    }
  }

  @Test
  void whatTheParentChoseArrivesWithAndWithoutTheMask() {
    cross(
        new CellTunings(
            KERNEL.globalId(), Optional.of(MASKED), Optional.of(UNMASKED), Optional.empty()));
    Tunings inFork = CellTunings.inFork(CELL);
    assertThat(inFork.of(KERNEL, CELL.spec(), DEVICE)).isEqualTo(MASKED);
    assertThat(inFork.of(KERNEL, CELL.withoutMask().spec(), DEVICE)).isEqualTo(UNMASKED);
  }

  @Test
  void aKernelWithoutParametersHasItsEmptyTuning() {
    KernelVariant plain = BACKENDS.kernel("java:flash");
    CellTunings none =
        new CellTunings(
            plain.globalId(), Optional.of(Tuning.NONE), Optional.empty(), Optional.empty());
    cross(none);
    assertThat(none.jvmArguments()).hasSize(1);
    assertThat(CellTunings.inFork(CELL).of(plain, CELL.spec(), DEVICE)).isEqualTo(Tuning.NONE);
  }

  @Test
  void whatDidNotArriveIsAnErrorAndNotTheDefault() {
    Tunings inFork = CellTunings.inFork(CELL);
    assertThatThrownBy(() -> inFork.of(KERNEL, CELL.spec(), DEVICE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(KERNEL.globalId())
        .hasMessageContaining("-D" + CellTunings.OWN + " is missing");
    cross(
        new CellTunings(
            KERNEL.globalId(), Optional.of(MASKED), Optional.empty(), Optional.empty()));
    assertThat(inFork.of(KERNEL, CELL.spec(), DEVICE)).isEqualTo(MASKED);
    assertThatThrownBy(() -> inFork.of(KERNEL, CELL.withoutMask().spec(), DEVICE))
        .hasMessageContaining("-D" + CellTunings.WITHOUT_MASK + " is missing");
  }

  @Test
  void anotherKernelThanTheOneThatItWasChosenForIsRefused() {
    cross(
        new CellTunings(
            KERNEL.globalId(), Optional.of(MASKED), Optional.of(UNMASKED), Optional.empty()));
    for (String other : List.of("opencl:flash", "java:flash")) {
      assertThatThrownBy(
              () -> CellTunings.inFork(CELL).of(BACKENDS.kernel(other), CELL.spec(), DEVICE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(KERNEL.globalId() + "/BLOCK_KV=32,QUERY_TILES=1")
          .hasMessageContaining("is no tuning of " + other);
    }
    System.setProperty(CellTunings.OWN, MASKED.label());
    assertThatThrownBy(() -> CellTunings.inFork(CELL).of(KERNEL, CELL.spec(), DEVICE))
        .hasMessageContaining("is no tuning of " + KERNEL.globalId());
  }
}
