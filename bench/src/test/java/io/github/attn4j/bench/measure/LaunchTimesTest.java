package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.core.input.InputFamily;
import org.junit.jupiter.api.Test;

class LaunchTimesTest {
  private final LaunchTimes times = new LaunchTimes();

  private static CellSpec cell(String kernel, InputSource source, int heads, int length, int dim) {
    return new CellSpec(kernel, "opencl:0", source, Shape.square(heads, length, dim, "full"), 1);
  }

  private static CellSpec sweep(String kernel, int length) {
    return cell(kernel, new InputSource(InputFamily.NORMAL), 8, length, 64);
  }

  @Test
  void anUnknownKernelHasNoPrediction() {
    times.add(sweep("a:x", 128), 1);
    assertThat(times.predict(sweep("a:y", 128))).isEmpty();
    assertThat(times.slowness("a:y")).isInfinite();
  }

  @Test
  void timeGrowsWithTheSquareOfTheContext() {
    times.add(sweep("a:x", 128), 0.001);
    assertThat(times.predict(sweep("a:x", 1024)).orElseThrow()).isCloseTo(0.064, within(1e-9));
  }

  @Test
  void anotherInputOfTheKernelPredictsTheFirstOfASeries() {
    times.add(cell("a:x", InputSource.MODEL, 12, 512, 32), 0.012);
    assertThat(times.predict(sweep("a:x", 512)).orElseThrow()).isCloseTo(0.016, within(1e-9));
  }

  @Test
  void theMostSimilarSizeDecides() {
    times.add(sweep("a:x", 128), 1); // all overhead
    times.add(sweep("a:x", 1024), 2);
    assertThat(times.predict(sweep("a:x", 2048)).orElseThrow()).isCloseTo(8, within(1e-9));
  }

  @Test
  void anEstimateCountsOnlyUntilTheKernelIsMeasured() {
    times.addProbed(sweep("a:x", 1024), 100);
    assertThat(times.predict(sweep("a:x", 2048)).orElseThrow()).isCloseTo(400, within(1e-9));
    times.add(sweep("a:x", 128), 0.001);
    assertThat(times.predict(sweep("a:x", 1024)).orElseThrow()).isCloseTo(0.064, within(1e-9));
    assertThat(times.slowness("a:x")).isEqualTo(1);
  }

  @Test
  void slownessIsTheFactorToTheFastest() {
    times.add(sweep("a:x", 128), 2);
    times.add(sweep("a:y", 128), 6);
    assertThat(times.slowness("a:x")).isEqualTo(1);
    assertThat(times.slowness("a:y")).isCloseTo(3, within(1e-9));
  }

  @Test
  void aProbeIsShortButOfTheSameShape() {
    CellSpec probe = LaunchProbe.shortened(sweep("a:x", 8192));
    assertThat(probe).isEqualTo(sweep("a:x", 128));
    assertThat(LaunchProbe.shortened(sweep("a:x", 100))).isEqualTo(sweep("a:x", 100));
    assertThat(
            LaunchProbe.shortened(
                    cell("a:x", new InputSource(InputFamily.NORMAL), 1 << 15, 8, 4096))
                .shape()
                .kvLength())
        .isEqualTo(1);
  }

  @Test
  void aProbeOfASparseMaskStillSeesPairs() {
    CellSpec sparse =
        new CellSpec(
            "a:x",
            "opencl:0",
            new InputSource(InputFamily.NORMAL),
            Shape.square(8, 8192, 64, "k >= 8000"),
            1);
    assertThat(LaunchProbe.shortened(sparse).spec().visiblePairs()).isPositive();
  }
}
