package io.github.attn4j.opencl;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A program in PTX, NVIDIA's portable assembly.
 *
 * @param text all of it
 */
record Ptx(String text) {
  private static final Pattern ARRAY =
      Pattern.compile("\\.(shared|local) +\\.align \\d+ \\.b8\\s+\\S+?\\[(\\d+)\\];");
  private static final Pattern SHARED_WORD = Pattern.compile("\\.shared +\\.align 4 \\.[uf]32 ");

  /** Bytes that the items of a work-group share, over all kernels. */
  int sharedBytes() {
    return arrayBytes("shared") + 4 * (int) SHARED_WORD.matcher(text).results().count();
  }

  /**
   * Bytes of each item's private arrays that stay in memory, over all kernels: of arrays that the
   * compiler could not take apart into registers.
   */
  int privateBytes() {
    return arrayBytes("local");
  }

  private int arrayBytes(String space) {
    Matcher arrays = ARRAY.matcher(text);
    int bytes = 0;
    while (arrays.find()) {
      bytes += arrays.group(1).equals(space) ? Integer.parseInt(arrays.group(2)) : 0;
    }
    return bytes;
  }

  /**
   * How many instructions there are whose name starts as the pattern says, such as {@code
   * ld\.global(\.nc)?\.v4}.
   */
  int count(String instruction) {
    return (int)
        Pattern.compile("(?m)^\\s*(@!?%p\\d+ )?" + instruction).matcher(text).results().count();
  }

  /**
   * What ptxas says of one kernel.
   *
   * @param kernel its name
   * @param registers of an item, 255 at most
   * @param spilledBytes written to memory because there are no more registers
   * @param sharedBytes of a work-group
   */
  record Assembled(String kernel, int registers, int spilledBytes, int sharedBytes) {
    private static final Pattern ENTRY =
        Pattern.compile(
            "Compiling entry function '(\\w+)'.*?(\\d+) bytes spill stores.*?Used (\\d+) registers([^\\n]*)",
            Pattern.DOTALL);
    private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

    static List<Assembled> parse(String output) {
      List<Assembled> kernels = new ArrayList<>();
      Matcher entry = ENTRY.matcher(output);
      while (entry.find()) {
        Matcher shared = SHARED.matcher(entry.group(4));
        kernels.add(
            new Assembled(
                entry.group(1),
                Integer.parseInt(entry.group(3)),
                Integer.parseInt(entry.group(2)),
                shared.find() ? Integer.parseInt(shared.group(1)) : 0));
      }
      return kernels;
    }
  }
}
