package io.github.attn4j.opencl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Memory that kernels of a device within this process, PoCL's processor, write marks to. Always at
 * one address, which programs have as a constant, so that PoCL knows them again in the next run.
 */
final class BranchMarks {
  /** Where no heap, stack or library of a process is. */
  static final long ADDRESS_OF_MARKS = 0x2000_0000_0000L;

  static final int BYTES = 1 << 16;

  private static final int READ_AND_WRITE = 3;
  private static final int PRIVATE_ANONYMOUS_FIXED_NOREPLACE = 0x2 | 0x20 | 0x100000;

  private static final MemorySegment MEMORY = map();

  private BranchMarks() {}

  @SuppressWarnings("restricted") // the memory is this class's own
  private static MemorySegment map() {
    Linker linker = Linker.nativeLinker();
    MethodHandle mmap =
        linker.downcallHandle(
            linker.defaultLookup().find("mmap").orElseThrow(),
            FunctionDescriptor.of(
                ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    try {
      MemorySegment found =
          (MemorySegment)
              mmap.invokeExact(
                  MemorySegment.ofAddress(ADDRESS_OF_MARKS),
                  (long) BYTES,
                  READ_AND_WRITE,
                  PRIVATE_ANONYMOUS_FIXED_NOREPLACE,
                  -1,
                  0L);
      if (found.address() != ADDRESS_OF_MARKS) {
        throw new IllegalStateException(
            "no memory at 0x%x, but at 0x%x".formatted(ADDRESS_OF_MARKS, found.address()));
      }
      return found.reinterpret(BYTES);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("mmap cannot be called", e);
    }
  }

  /** Forgets all marks. */
  static void clear() {
    MEMORY.fill((byte) 0);
  }

  /** Whether a mark was left since they were cleared. */
  static boolean left(int mark) {
    return MEMORY.get(JAVA_BYTE, mark) != 0;
  }
}
