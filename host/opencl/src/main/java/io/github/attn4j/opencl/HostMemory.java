package io.github.attn4j.opencl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory that this process can still get: the least of what the machine has left and of what
 * each control group it is in allows, since a container's limit kills the process all the same.
 *
 * <p>Not asked of the JDK's OperatingSystemMXBean: it takes the page cache for used, which a
 * container that has read large files is full of, and outside containers it reports MemFree.
 *
 * @param root the file system's root, except in tests
 */
record HostMemory(Path root) {

  /** Of this machine. */
  static HostMemory ofThisMachine() {
    return new HostMemory(Path.of("/"));
  }

  /** Bytes available; {@link Long#MAX_VALUE} where nothing says, as on systems without /proc. */
  long availableBytes() {
    long available = Long.MAX_VALUE;
    for (String line : lines(root.resolve("proc/meminfo"))) {
      if (line.startsWith("MemAvailable:")) {
        available = Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    Path groups = root.resolve("sys/fs/cgroup");
    for (String group : groupPaths()) {
      available = Math.min(available, leftInVersion2(below(groups, group)));
      available = Math.min(available, leftInVersion1(below(groups.resolve("memory"), group)));
    }
    return available;
  }

  /**
   * Every group that counts: the process's own and all above it, whose limits hold as well. Inside
   * a container the paths may be the host's and lead nowhere, but the root is always looked at.
   */
  private List<String> groupPaths() {
    List<String> paths = new ArrayList<>(List.of(""));
    for (String line : lines(root.resolve("proc/self/cgroup"))) {
      String[] fields = line.split(":", 3);
      if (fields.length == 3
          && (fields[1].isEmpty() || List.of(fields[1].split(",")).contains("memory"))) {
        String path = fields[2];
        while (path.length() > 1) {
          paths.add(path);
          path = path.substring(0, path.lastIndexOf('/'));
        }
      }
    }
    return paths;
  }

  private static Path below(Path groups, String path) {
    return groups.resolve(path.startsWith("/") ? path.substring(1) : path);
  }

  private static long leftInVersion2(Path group) {
    return left(group, "memory.max", "memory.current", "inactive_file");
  }

  private static long leftInVersion1(Path group) {
    return left(group, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
  }

  /** The limit less what is used, file pages that the kernel drops first not counted as used. */
  private static long left(Path group, String limitFile, String usageFile, String droppable) {
    long limit = number(lines(group.resolve(limitFile)), "");
    long used = number(lines(group.resolve(usageFile)), "");
    if (limit < 0 || used < 0) {
      return Long.MAX_VALUE; // no such group, or "max"
    }
    long dropped = Math.max(0, number(lines(group.resolve("memory.stat")), droppable + " "));
    return Math.max(0, limit - Math.max(0, used - dropped));
  }

  /** The whole number behind a prefix, on the first line that has one; -1 where there is none. */
  private static long number(List<String> lines, String prefix) {
    for (String line : lines) {
      String digits = line.startsWith(prefix) ? line.substring(prefix.length()).strip() : "";
      if (digits.matches("[0-9]{1,18}")) {
        return Long.parseLong(digits);
      }
    }
    return -1; // also for version 1's "no limit", whose 19 digits are far above any memory
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of(); // not this kind of system, or not allowed to look
    }
  }
}
