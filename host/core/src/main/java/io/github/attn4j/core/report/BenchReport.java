package io.github.attn4j.core.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * All of a benchmark run: {@code report.json}, whose JSON Schema is docs/report.schema.json.
 *
 * @param schemaVersion {@value #SCHEMA_VERSION}
 * @param environment where and how it ran
 * @param ceilings what cells are measured against, for each device that a cell ran on
 * @param flopConvention what is counted
 * @param kernels what each kernel of the run says of itself
 * @param cells in the order of the sweep, which is not that in which they ran
 * @param growth how each kernel's time grows with the context
 * @param crossovers where fused kernels overtake those that keep their scores
 * @param noise whether the machine was steady
 * @param complete false if the run was interrupted
 */
public record BenchReport(
    int schemaVersion,
    Environment environment,
    List<DeviceCeiling> ceilings,
    String flopConvention,
    List<KernelTraits> kernels,
    List<BenchCell> cells,
    List<Growth> growth,
    List<Crossover> crossovers,
    Noise noise,
    boolean complete)
    implements Report {
  /**
   * 2 added each cell's device and its checked rows; 3 ceilings for each device, bandwidth, cold
   * launches, spreads, growth, crossovers and noise; 4 what masks leave, gain and do to the result;
   * 5 what each kernel was tuned to; 6 what plain multiply-adds and reads reach beside it; 7 types,
   * modes, pages, tokens and keys and values a second; 8 the status of what never ended; 9 the
   * times of rounds.
   */
  public static final int SCHEMA_VERSION = 9;

  /** Copies the lists. */
  public BenchReport {
    ceilings = List.copyOf(ceilings);
    kernels = List.copyOf(kernels);
    cells = List.copyOf(cells);
    growth = List.copyOf(growth);
    crossovers = List.copyOf(crossovers);
  }

  /** The devices of the cells, each with its id before its name, as a line of text. */
  public String devicesUsed() {
    return cells.stream()
        .map(cell -> cell.deviceId() + " " + cell.device())
        .distinct()
        .collect(Collectors.joining("; "));
  }

  /**
   * What measured kernels ran with, each once: {@code opencl:flash with BLOCK_KV=32 BLOCK_Q=64},
   * and in how many cells where a kernel ran with several. None of kernels without parameters.
   */
  public List<String> tuningsUsed() {
    Map<String, Map<String, Long>> cellsOfTuning = new TreeMap<>();
    for (BenchCell cell : cells) {
      if (cell.measurement() != null && !cell.measurement().tuning().isEmpty()) {
        cellsOfTuning
            .computeIfAbsent(cell.kernel(), _ -> new TreeMap<>())
            .merge(cell.measurement().tuning(), 1L, Long::sum);
      }
    }
    List<String> lines = new ArrayList<>();
    cellsOfTuning.forEach((kernel, tunings) ->
        tunings.forEach((tuning, count) ->
            lines.add(
                "%s with %s".formatted(kernel, tuning)
                    + (tunings.size() == 1
                        ? ""
                        : " in %d cell%s".formatted(count, count == 1 ? "" : "s")))));
    return lines;
  }

  /** The ceilings of a device, if a cell ran on it. */
  public Optional<DeviceCeiling> ceiling(String deviceId) {
    return ceilings.stream().filter(ceiling -> ceiling.deviceId().equals(deviceId)).findFirst();
  }

  /** Whether the kernel's score matrix goes through memory. */
  public boolean keepsScores(String kernel) {
    return kernels.stream()
        .anyMatch(traits -> traits.kernel().equals(kernel) && traits.keepsScores());
  }
}
