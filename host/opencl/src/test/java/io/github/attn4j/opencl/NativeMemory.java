package io.github.attn4j.opencl;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Assumptions;

/**
 * What a process holds in memory besides its Java heap: drivers, compilers, buffers. The heap is
 * left out by its addresses, since how much of it is resident says nothing about what is held.
 */
final class NativeMemory {
  private static final Path MAPS = Path.of("/proc/self/smaps");
  private static final Pattern MAPPING = Pattern.compile("^([0-9a-f]+)-([0-9a-f]+) .*");
  private static final Pattern RESIDENT = Pattern.compile("^Rss:\\s+(\\d+) kB");
  private static final Pattern ADDRESS = Pattern.compile("0x([0-9a-f]{8,})");

  private NativeMemory() {}

  /** Resident bytes outside of the Java heap; skips the test where the system does not say. */
  static long residentBytes() throws IOException, JMException {
    Assumptions.assumeTrue(Files.exists(MAPS), "only Linux says what a process holds");
    String heap =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcHeapInfo",
                    new Object[0],
                    new String[0]);
    long begin = Long.MAX_VALUE;
    long end = 0;
    Matcher addresses = ADDRESS.matcher(heap);
    while (addresses.find()) {
      long address = Long.parseUnsignedLong(addresses.group(1), 16);
      begin = Math.min(begin, address);
      end = Math.max(end, address);
    }
    if (end == 0) {
      throw new IllegalStateException("no addresses in " + heap);
    }
    long resident = 0;
    boolean counts = false;
    for (String line : Files.readAllLines(MAPS)) {
      Matcher mapping = MAPPING.matcher(line);
      if (mapping.matches()) {
        long from = Long.parseUnsignedLong(mapping.group(1), 16);
        counts = Long.compareUnsigned(from, begin) < 0 || Long.compareUnsigned(from, end) >= 0;
      }
      Matcher size = RESIDENT.matcher(line);
      if (counts && size.find()) {
        resident += 1024 * Long.parseLong(size.group(1));
      }
    }
    return resident;
  }
}
