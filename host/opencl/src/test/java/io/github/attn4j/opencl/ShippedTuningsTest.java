package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.tuning.ConformanceGate;
import io.github.attn4j.core.tuning.ShapeClass;
import io.github.attn4j.core.tuning.TuningRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What ships is what was measured, of the kernels as they are, and right where it can be run. */
class ShippedTuningsTest {
  private static List<TuningRecord> records() {
    List<String> complaints = new ArrayList<>();
    List<TuningRecord> records = ShippedTunings.records(complaints::add);
    assertThat(complaints).isEmpty();
    return records;
  }

  private static OpenClKernel kernel(TuningRecord record) {
    return OpenClKernel.byId(record.kernel().substring("opencl:".length()));
  }

  @Test
  void everyFileOfTheFolderIsLoaded() throws IOException {
    Path folder = Path.of(System.getProperty("basedir", ""), "../../kernels/opencl/tuning");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(ShippedTunings.FILES);
    }
  }

  /** Otherwise every user is told that a record is not used, and nobody is faster for it. */
  @Test
  void everyRecordIsOfItsKernelAsItIs() {
    for (TuningRecord record : records()) {
      assertThat(record.source())
          .as(
              "%s has changed since '%s' was measured: ./attn tune --again, then its record into the file, or none",
              record.kernel(), record.tuning())
          .isEqualTo(kernel(record).sourceDigest());
    }
  }

  @Test
  void everyRecordBeatsTheDefaultAndIsOfAClassOfItsOwn() {
    Set<String> classes = new HashSet<>();
    for (TuningRecord record : records()) {
      assertThat(record.beatsDefault()).as(record.label()).isTrue();
      assertThat(record.speedupLow()).as(record.label()).isGreaterThan(1.01);
      assertThat(classes.add(record.label() + record.driver())).as(record.label()).isTrue();
      assertThat(Tuning.parse(record.tuning()).values().keySet())
          .isEqualTo(Tuning.parse(record.defaultTuning()).values().keySet());
    }
  }

  /** A program for each pair of tuning and dimensions, so every one of them is asked once. */
  @Test
  void everyTuningThatThisDeviceTakesIsRight() {
    try (OpenClSession session = TestDevices.openPreferred()) {
      DeviceInfo device = session.device();
      Set<String> asked = new HashSet<>();
      for (TuningRecord record : records()) {
        ShapeClass shapes = record.shapes();
        AttentionSpec spec =
            AttentionSpec.builder()
                .heads(4, 2)
                .length(64)
                .dims(shapes.headDim(), shapes.valueDim())
                .build();
        Tuning tuning = Tuning.parse(record.tuning());
        OpenClKernel kernel = kernel(record);
        if (kernel.supports(spec, device) instanceof Support.Yes
            && kernel.admits(tuning, spec, device) instanceof Support.Yes
            && asked.add(kernel + record.tuning() + shapes.headDim() + " " + shapes.valueDim())) {
          assertThat(new ConformanceGate(spec).refusal(session, kernel, tuning))
              .as(record.label())
              .isEmpty();
        }
      }
    }
  }

  @Test
  void commentsAreNoPartOfAKernelsDigest() {
    String digest = OpenClKernel.FLASH.sourceDigest();
    assertThat(digest).hasSize(16).isNotEqualTo(OpenClKernel.FLASH_QUERY_LANES.sourceDigest());
    assertThat(KernelSource.digestOf("int a; // one\n\n  int b;\n"))
        .isEqualTo(KernelSource.digestOf("#line 3 \"x\"\nint a;\nint b; // two"))
        .isNotEqualTo(KernelSource.digestOf("int a; int c;"));
  }
}
