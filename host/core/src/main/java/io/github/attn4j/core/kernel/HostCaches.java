package io.github.attn4j.core.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The data caches of the processors that this process may run on, as Linux lists them in
 * /sys/devices/system/cpu/cpu*&#47;cache.
 *
 * @param root the file system's root, except in tests
 */
public record HostCaches(Path root) {
  private static final String ALLOWED = "Cpus_allowed_list:";

  /** Of this machine. */
  public static HostCaches ofThisMachine() {
    return new HostCaches(Path.of("/"));
  }

  /**
   * The levels, the nearest first; empty where nothing says, as on systems without /sys. A cache
   * that several processors share counts once.
   *
   * @param threads that run at a time: where a quota leaves fewer of them than there are
   *     processors, they reach no more caches of a level than there are threads
   */
  public List<CacheLevel> levels(int threads) {
    Map<Integer, List<Long>> sizes = new TreeMap<>();
    Set<String> counted = new HashSet<>();
    for (Path cache : caches()) {
      String type = line(cache.resolve("type"));
      int level = (int) number(line(cache.resolve("level")));
      long bytes = bytes(line(cache.resolve("size")));
      String shared = line(cache.resolve("shared_cpu_list"));
      if (!type.equals("Instruction") && level > 0 && bytes > 0) {
        // Without a list of sharers it is the processor's own.
        String owner = shared.isEmpty() ? cache.toString() : shared;
        if (counted.add(level + " " + owner)) {
          sizes.computeIfAbsent(level, key -> new ArrayList<>()).add(bytes);
        }
      }
    }
    List<CacheLevel> levels = new ArrayList<>();
    sizes.forEach((level, each) -> {
      long reached =
          each.stream()
              .sorted(Comparator.reverseOrder())
              .limit(Math.max(1, threads))
              .mapToLong(Long::longValue)
              .sum();
      levels.add(new CacheLevel("L" + level, reached));
    });
    return levels;
  }

  private List<Path> caches() {
    List<long[]> allowed = allowed();
    List<Path> caches = new ArrayList<>();
    for (Path processor : children(root.resolve("sys/devices/system/cpu"), "cpu[0-9]+")) {
      long number = number(processor.getFileName().toString().substring("cpu".length()));
      if (allowed.isEmpty()
          || allowed.stream().anyMatch(range -> range[0] <= number && number <= range[1])) {
        caches.addAll(children(processor.resolve("cache"), "index[0-9]+"));
      }
    }
    return caches;
  }

  /** Ranges of processors that this process may run on; empty where nothing says. */
  private List<long[]> allowed() {
    List<long[]> ranges = new ArrayList<>();
    for (String line : lines(root.resolve("proc/self/status"))) {
      if (line.startsWith(ALLOWED)) {
        for (String range : line.substring(ALLOWED.length()).strip().split(",", -1)) {
          String[] ends = range.split("-", 2);
          ranges.add(new long[] {number(ends[0]), number(ends[ends.length - 1])});
        }
      }
    }
    return ranges;
  }

  private static List<Path> children(Path folder, String pattern) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().matches(pattern)).sorted().toList();
    } catch (IOException e) {
      return List.of(); // not this kind of system, or not allowed to look
    }
  }

  /** {@code 48K} or {@code 32M} in bytes; 0 for anything else. */
  private static long bytes(String size) {
    if (size.isEmpty()) {
      return 0;
    }
    int shift =
        switch (size.charAt(size.length() - 1)) {
          case 'K' -> 10;
          case 'M' -> 20;
          case 'G' -> 30;
          default -> 0;
        };
    return Math.max(0, number(shift == 0 ? size : size.substring(0, size.length() - 1))) << shift;
  }

  /** A whole number; -1 for anything else. */
  private static long number(String digits) {
    return digits.matches("[0-9]{1,9}") ? Long.parseLong(digits) : -1;
  }

  private static String line(Path file) {
    return lines(file).stream().findFirst().orElse("").strip();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of(); // as above
    }
  }
}
