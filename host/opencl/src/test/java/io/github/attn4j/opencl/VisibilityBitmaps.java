package io.github.attn4j.opencl;

import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.OpenClSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;
import org.jocl.cl_mem;

/**
 * What a device says of masks, pair by pair. Many masks share a program, since compiling costs far
 * more than asking: each under names of its own, all behind one switch.
 */
final class VisibilityBitmaps {
  private static final String FILE = "test/visibility.cl";

  /** Ints of a mask's entry before its batches': see the kernel. */
  private static final int ENTRY = 6;

  /**
   * A row of one mask's score matrices an item; {@link #predicates} makes visible_by. The switch is
   * within the loop over keys so that the compiler does not vectorize as many loops as there are
   * masks: PoCL takes 1 s for 50 like this, 5 s the other way round.
   */
  private static final String KERNEL =
      """
      __kernel void visibility(__global const int *entries, __global const int *words, __global uint *bits) {
        const int mask = get_global_id(1);
        __global const int *entry = entries + entries[mask];
        const int first_word = entry[0], first_bits = entry[1], heads = entry[2], queries = entry[3], rows = entry[4], stride = entry[5];
        const int row = get_global_id(0);
        if (row >= rows) {
          return;
        }
        const int b = row / (heads * queries), h = row / queries % heads, q = row % queries;
        const int p = q + entry[6 + 2 * b], keys = entry[7 + 2 * b];
        __global uint *seen = bits + first_bits + row * stride;
        for (int k = 0; k < keys; k++) {
          if (visible_by(mask, b, h, q, p, k, queries, keys, words + first_word)) {
            seen[k / 32] |= 1u << (k % 32);
          }
        }
      }
      """;

  private final DrawnMask mask;
  private final int[] bits;
  private final int first;
  private final int stride;

  private VisibilityBitmaps(DrawnMask mask, int[] bits, int first, int stride) {
    this.mask = mask;
    this.bits = bits;
    this.first = first;
    this.stride = stride;
  }

  /** Whether the device sees a pair. */
  boolean visible(int b, int h, int q, int k) {
    Domain domain = mask.domain();
    int row = (b * domain.heads() + h) * domain.queries() + q;
    return (bits[first + row * stride + k / 32] >>> (k % 32) & 1) == 1;
  }

  /** A session for {@link #of}. */
  static OpenClSession open() {
    return TestDevices.openPreferred(file -> KERNEL);
  }

  /** A session for {@link #of} on a backend's first device. */
  static OpenClSession open(OpenClBackend backend) {
    return backend.openSession(backend.devices().getFirst(), file -> KERNEL);
  }

  /** Asks for every existing pair of every mask with one program. */
  static List<VisibilityBitmaps> of(OpenClSession session, List<DrawnMask> masks) {
    return of(session, masks, UnaryOperator.identity());
  }

  /**
   * Asks for every existing pair of every mask with one program.
   *
   * @param planted changes what a mask was emitted as
   */
  static List<VisibilityBitmaps> of(
      OpenClSession session, List<DrawnMask> masks, UnaryOperator<String> planted) {
    List<OpenClSource> sources =
        masks.stream()
            .map(mask -> OpenClSource.of(mask.mask(), null, mask.domain().heads()))
            .toList();
    String predicates = predicates(sources, planted);
    List<int[]> entries = new ArrayList<>();
    List<int[]> words = new ArrayList<>();
    List<VisibilityBitmaps> found = new ArrayList<>();
    int firstWord = 0;
    int firstBits = 0;
    int mostRows = 0;
    int bitWords = masks.stream().mapToInt(mask -> rows(mask) * stride(mask)).sum();
    int[] bits = new int[bitWords];
    for (int index = 0; index < masks.size(); index++) {
      DrawnMask mask = masks.get(index);
      int[] own = sources.get(index).words();
      entries.add(entry(mask, firstWord, firstBits));
      words.add(own);
      found.add(new VisibilityBitmaps(mask, bits, firstBits, stride(mask)));
      firstWord += own.length;
      firstBits += rows(mask) * stride(mask);
      mostRows = Math.max(mostRows, rows(mask));
    }
    boolean divides = sources.stream().anyMatch(OpenClSource::dividesFloats);
    // As attention kernels are built.
    String options = Programs.options(divides, session.device());
    Programs.Built program = session.programs().get(FILE, options, predicates);
    run(session, program, withPlaces(entries), flat(words), bits, mostRows, masks.size());
    return found;
  }

  private static int rows(DrawnMask mask) {
    return mask.domain().batch() * mask.domain().heads() * mask.domain().queries();
  }

  private static int stride(DrawnMask mask) {
    return Math.ceilDiv(mask.allocatedKeys(), 32);
  }

  private static int[] entry(DrawnMask mask, int firstWord, int firstBits) {
    Domain domain = mask.domain();
    int[] entry = new int[ENTRY + 2 * domain.batch()];
    entry[0] = firstWord;
    entry[1] = firstBits;
    entry[2] = domain.heads();
    entry[3] = domain.queries();
    entry[4] = rows(mask);
    entry[5] = stride(mask);
    for (int b = 0; b < domain.batch(); b++) {
      entry[ENTRY + 2 * b] = domain.queryOffsets().get(b);
      entry[ENTRY + 2 * b + 1] = domain.keys(b);
    }
    return entry;
  }

  /** Entries behind a list of where each begins. */
  private static int[] withPlaces(List<int[]> entries) {
    int[] places = new int[entries.size()];
    int at = places.length;
    for (int index = 0; index < places.length; index++) {
      places[index] = at;
      at += entries.get(index).length;
    }
    entries.addFirst(places);
    return flat(entries);
  }

  private static int[] flat(List<int[]> parts) {
    return parts.stream().flatMapToInt(IntStream::of).toArray();
  }

  private static String predicates(List<OpenClSource> sources, UnaryOperator<String> planted) {
    StringBuilder text = new StringBuilder();
    StringBuilder cases = new StringBuilder();
    for (int index = 0; index < sources.size(); index++) {
      String own = "attn_expr_" + index + "_";
      text.append(planted.apply(sources.get(index).text()).replace("attn_expr_", own));
      cases.append(
          "    case %d: return %svisible(b, h, q, p, k, nq, nk, words);\n".formatted(index, own));
    }
    return text
        + """
        static inline bool visible_by(int mask, int b, int h, int q, int p, int k, int nq, int nk, __global const int *words) {
          switch (mask) {
        """
        + cases
        + "    default: return false;\n  }\n}\n";
  }

  private static void run(
      OpenClSession session,
      Programs.Built program,
      int[] entries,
      int[] words,
      int[] bits,
      int rows,
      int masks) {
    cl_kernel kernel = CL.clCreateKernel(program.program(), "visibility", null);
    int[][] contents = {entries, words, bits};
    cl_mem[] buffers = new cl_mem[contents.length];
    try {
      for (int index = 0; index < buffers.length; index++) {
        buffers[index] = session.allocate("a mask's test data", 4L * contents[index].length);
        session.transfer().upload(buffers[index], bytes(contents[index]));
        CL.clSetKernelArg(kernel, index, Sizeof.cl_mem, Pointer.to(buffers[index]));
      }
      CL.clEnqueueNDRangeKernel(
          session.queue(),
          kernel,
          2,
          null,
          new long[] {rows, masks},
          new long[] {1, 1},
          0,
          null,
          null);
      CL.clEnqueueReadBuffer(
          session.queue(), buffers[2], true, 0, 4L * bits.length, Pointer.to(bits), 0, null, null);
    } finally {
      CL.clReleaseKernel(kernel);
      for (int index = 0; index < buffers.length; index++) {
        if (buffers[index] != null) {
          session.free(buffers[index], 4L * contents[index].length);
        }
      }
    }
  }

  private static byte[] bytes(int[] words) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.nativeOrder());
    bytes.asIntBuffer().put(words);
    return bytes.array();
  }
}
