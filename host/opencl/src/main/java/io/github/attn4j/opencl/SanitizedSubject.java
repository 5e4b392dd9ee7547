package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.Tuning;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ./attn sanitize --full} runs in one process: a kernel with a tuning on a device, or
 * what is around the attention kernels on a device.
 *
 * @param kernel null where it is of the support kernels
 * @param support null where it is an attention kernel
 * @param device what the simulator is taken for
 * @param tuning {@link Tuning#NONE} for the kernel's own of each spec
 */
public record SanitizedSubject(
    @Nullable OpenClKernel kernel,
    @Nullable SanitizedSupport support,
    SanitizedDevice device,
    Tuning tuning) {
  /**
   * Everything: each attention kernel with its own tuning and three others, each support kernel.
   */
  public static List<SanitizedSubject> all() {
    List<SanitizedSubject> subjects = new ArrayList<>();
    for (OpenClKernel kernel : OpenClKernel.values()) {
      subjects.addAll(of(kernel));
    }
    for (SanitizedSupport support : SanitizedSupport.values()) {
      for (SanitizedDevice device : List.of(SanitizedDevice.CPU, SanitizedDevice.GPU)) {
        subjects.add(new SanitizedSubject(null, support, device, Tuning.NONE));
      }
    }
    return List.copyOf(subjects);
  }

  static List<SanitizedSubject> of(OpenClKernel kernel) {
    List<SanitizedSubject> subjects = new ArrayList<>();
    for (SanitizedDevice device : SanitizedDevice.of(kernel)) {
      subjects.add(new SanitizedSubject(kernel, null, device, Tuning.NONE));
      oddTunings(kernel)
          .forEach(odd -> subjects.add(new SanitizedSubject(kernel, null, device, odd)));
    }
    return subjects;
  }

  /**
   * Three for each kernel that has parameters: the smallest tiles, and those that the defaults are
   * furthest from: uneven ones, more keys, other switches. Along a block map at least one of them
   * runs, and all fit into the simulator's 32 KB where rows are short.
   */
  static List<Tuning> oddTunings(OpenClKernel kernel) {
    return switch (kernel) {
      case NAIVE, TILED_THREE_PASS, ONLINE_SOFTMAX -> List.of();
      case FLASH ->
          List.of(
              new FlashTiles(16, 32, 4, 8, 16, 8, false).tuning(),
              new FlashTiles(32, 64, 8, 16, 16, 8, false).tuning(),
              new FlashTiles(16, 32, 4, 8, 32, 32, true).tuning());
      case FLASH_QUERY_LANES ->
          List.of(
              new QueryLanes(1, 32, 4).tuning(),
              new QueryLanes(3, 96, 1).tuning(),
              new QueryLanes(2, 256, 2).tuning());
      case FLASH_MMA ->
          List.of(
              new MmaTiles(2, 16, 16, true).tuning(),
              new MmaTiles(4, 16, 32, false).tuning(),
              new MmaTiles(2, 32, 64, true).tuning());
      case FLASH_SPLIT_KV ->
          List.of(
              KeySplit.tuning(4, 32, 16), KeySplit.tuning(8, 128, 1), KeySplit.tuning(16, 64, 2));
    };
  }

  /** For example {@code opencl:flash_split_kv on gpu}. */
  public String label() {
    String on = device == SanitizedDevice.CPU ? "" : " as on " + word(device);
    return id() + on;
  }

  /** A kernel's global id, or a support kernel's file. */
  public String id() {
    return kernel != null ? kernel.globalId() : requireSupport().file();
  }

  /** The odd tuning, or that it is the kernel's own; nothing where there is none to choose. */
  public String tuningLabel() {
    if (kernel == null || kernel.tuningParameters().isEmpty()) {
      return "";
    }
    return tuning.equals(Tuning.NONE) ? "its own" : tuning.label();
  }

  /** What reaches every branch, whatever the tuning. */
  static SanitizedCases cases() {
    return new SanitizedCases(SanitizedCases.Grid.COMPLETE, null);
  }

  SanitizedSupport requireSupport() {
    if (support == null) {
      throw new IllegalStateException(this + " is an attention kernel");
    }
    return support;
  }

  private static String word(SanitizedDevice device) {
    return device.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
