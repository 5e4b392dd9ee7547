package io.github.attn4j.tornado;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What the backend says and decides where no device can be asked. */
class BackendWithoutSdkTest {
  private static final String BAILOUT = "tornado.recover.bailout";

  /** A device as a large GPU has it, since none is there. */
  private static DeviceInfo device(long localBytes, int largestWorkGroup) {
    return new DeviceInfo(
        TornadoBackend.ID,
        0,
        "made up",
        DeviceInfo.Kind.GPU,
        "none",
        8,
        1L << 34,
        localBytes,
        largestWorkGroup,
        List.of(),
        Map.of());
  }

  @Test
  void itListsNoDeviceAndSaysWhatIsMissingAndHowToInstallIt() {
    Assumptions.assumeTrue(
        ModuleLayer.boot().findModule("tornado.runtime").isEmpty(),
        "this JVM was started with a TornadoVM SDK");
    TornadoBackend backend = new TornadoBackend();
    assertThat(backend.devices()).isEmpty();
    assertThat(backend.missing())
        .singleElement()
        .asString()
        .contains("no TornadoVM", "sdk install tornadovm", "TORNADOVM_HOME", "./attn");
    assertThat(backend.kernels()).containsExactly(TornadoKernel.values());
    assertThatExceptionOfType(BackendException.Unavailable.class)
        .isThrownBy(() -> backend.open(device(1 << 15, 256)).close())
        .withMessageContaining("sdk install tornadovm");
  }

  @Test
  void aJvmInWhichTornadoVmWouldHideFailuresIsRefused() {
    TestDevices.preferred(new TornadoBackend());
    String before = System.getProperty(BAILOUT);
    try {
      System.setProperty(BAILOUT, "True");
      TornadoBackend backend = new TornadoBackend();
      assertThat(backend.devices()).isEmpty();
      assertThat(backend.missing())
          .singleElement()
          .asString()
          .contains("-Dtornado.recover.bailout=False", "./attn");
    } finally {
      System.setProperty(BAILOUT, before);
    }
  }

  @ParameterizedTest
  @EnumSource(TornadoKernel.class)
  void everyLaunchHoldsWholeWorkGroups(TornadoKernel kernel) {
    DeviceInfo device = device(1 << 16, 1024);
    for (int length : new int[] {1, 15, 16, 17, 63, 64, 65, 1000}) {
      AttentionSpec spec =
          AttentionSpec.builder().batch(2).heads(3).lengths(length, length + 7).dim(40).build();
      assertThat(kernel.supports(spec, device)).isInstanceOf(Support.Yes.class);
      assertThat(kernel.launches(spec, device))
          .isNotEmpty()
          .allSatisfy(launch -> launch.requireFits(device));
    }
  }

  @Test
  void aWorkGroupThatDoesNotDivideTheItemsIsRefused() {
    TornadoKernel.Launch launch =
        new TornadoKernel.Launch("rows", new long[] {100, 2, 1}, new long[] {16, 1, 1});
    assertThatIllegalStateException()
        .isThrownBy(() -> launch.requireFits(device(1 << 16, 1024)))
        .withMessageContaining("rows")
        .withMessageContaining("[100, 2, 1]")
        .withMessageContaining("[16, 1, 1]");
  }

  @Test
  void aWorkGroupLargerThanTheDeviceTakesIsRefused() {
    TornadoKernel.Launch launch =
        TornadoKernel.Launch.grid("rows", new long[] {16, 16, 1}, 100, 100, 1);
    assertThatIllegalStateException()
        .isThrownBy(() -> launch.requireFits(device(1 << 16, 128)))
        .withMessageContaining("256")
        .withMessageContaining("128")
        .withMessageContaining("made up");
  }

  @ParameterizedTest
  @CsvSource({"65536, 64", "49152, 64", "32768, 32", "16384, 8"})
  void flashTakesTheLargestBlockThatLocalMemoryHolds(long localBytes, int block) {
    AttentionSpec spec = AttentionSpec.builder().length(100).dim(64).build();
    assertThat(TornadoKernel.FLASH.scalars(spec, device(localBytes, 1024)))
        .containsExactly(block, 64, 64);
  }

  @Test
  void aDeviceWithTooLittleLocalMemoryIsNotSupportedAndBothSizesAreNamed() {
    AttentionSpec wide = AttentionSpec.builder().length(100).dim(256).build();
    assertThat(TornadoKernel.FLASH.supports(wide, device(16_384, 1024)))
        .isInstanceOfSatisfying(
            Support.No.class, no -> assertThat(no.reason()).contains("16384", "local memory"));
  }

  @Test
  void moreScoresThanAJavaArrayHoldsAreNotSupported() {
    AttentionSpec large = AttentionSpec.builder().heads(16).length(12_000).dim(8).build();
    assertThat(TornadoKernel.NAIVE_PARALLEL.supports(large, device(1 << 16, 1024)))
        .isInstanceOfSatisfying(
            Support.No.class, no -> assertThat(no.reason()).contains("2,304,000,000"));
  }
}
