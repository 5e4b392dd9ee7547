package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_context;
import org.jocl.cl_device_id;
import org.jocl.cl_program;
import org.jspecify.annotations.Nullable;

/**
 * The programs of one context: from memory, from the cache on disk where there is one, or compiled,
 * in that order.
 */
final class Programs implements AutoCloseable {
  private final cl_context context;
  private final OpenClDevice device;
  private final @Nullable ProgramCache cache;
  private final UnaryOperator<String> sources;
  private final Map<Key, Built> built = new HashMap<>();
  private final Map<Key, BackendException.BuildFailed> refused = new HashMap<>();
  private int compiled;

  /**
   * A program ready to make kernels of.
   *
   * @param program OpenCL's handle
   * @param options what it was built with
   */
  record Built(cl_program program, String options) {}

  /** What a program is made of; of a user's file its very text. */
  private record Key(ProgramOrigin origin, String options, String prologue) {}

  /**
   * @param cache null for none: the driver keeps what it has compiled ({@link
   *     OpenClDevice#keepsPrograms})
   * @param sources from a path below kernels/opencl to the program's text: {@link
   *     KernelSource#load}, except where a test plants a bug
   */
  Programs(
      cl_context context,
      OpenClDevice device,
      @Nullable ProgramCache cache,
      UnaryOperator<String> sources) {
    this.context = context;
    this.device = device;
    this.cache = cache;
    this.sources = sources;
  }

  int compiled() {
    return compiled;
  }

  /**
   * Options of whatever asks expressions, so that attention kernels and the block map agree on
   * every pair: the language, fused multiply-add, and division as on the host where an expression
   * divides and the device can. No relaxed math: it would break infinities.
   */
  static String options(boolean dividesFloats, DeviceInfo device) {
    return "-cl-std=CL1.2 -cl-mad-enable"
        + (dividesFloats && OpenClDevice.dividesAsTheHost(device)
            ? " -cl-fp32-correctly-rounded-divide-sqrt"
            : "");
  }

  /** The program of a file under kernels/opencl with these options. */
  Built get(String file, String options) {
    return get(file, options, "");
  }

  /**
   * The program of a file under kernels/opencl with these options.
   *
   * @param prologue text to put before the file's own: what a spec's expressions have become
   */
  Built get(String file, String options, String prologue) {
    return get(new ProgramOrigin.Shipped(file), options, prologue);
  }

  /**
   * The program of any file with these options. A user's that the compiler has refused is not given
   * to it again: a grid asks for the same program case by case.
   *
   * @param prologue as above
   */
  Built get(ProgramOrigin origin, String options, String prologue) {
    Key key = new Key(origin, options, prologue);
    BackendException.BuildFailed before = refused.get(key);
    if (before != null) {
      throw before;
    }
    try {
      return built.computeIfAbsent(key, _ -> build(origin, options, prologue));
    } catch (BackendException.BuildFailed e) {
      if (origin instanceof ProgramOrigin.Given
          && e.getCause() instanceof CLException cause
          && cause.getStatus() == CL.CL_BUILD_PROGRAM_FAILURE) {
        refused.put(key, e);
      }
      throw e;
    }
  }

  /** The text of a file under kernels/opencl, with what it includes. */
  String source(String file, String prologue) {
    return source(new ProgramOrigin.Shipped(file), prologue);
  }

  /** The text of any file with what it includes, behind the prologue. */
  String source(ProgramOrigin origin, String prologue) {
    return switch (origin) {
      case ProgramOrigin.Shipped shipped ->
          prologue.isEmpty()
              ? sources.apply(shipped.path())
              : prologue + KernelSource.line(1, shipped.path()) + sources.apply(shipped.path());
      case ProgramOrigin.Given given ->
          prologue + KernelSource.line(1, given.path()) + given.text();
    };
  }

  private Built build(ProgramOrigin file, String options, String prologue) {
    String source = source(file, prologue);
    Compiling.begin();
    try {
      return cache == null
          ? new Built(compile(file, source, options), options)
          : build(file, source, options, cache);
    } finally {
      Compiling.end();
    }
  }

  private Built build(ProgramOrigin file, String source, String options, ProgramCache known) {
    List<String> parts = new ArrayList<>(device.identity());
    parts.add(options);
    parts.add(source);
    String key = ProgramCache.key(parts);
    Optional<byte[]> binary = known.load(key);
    if (binary.isPresent()) {
      try {
        return new Built(fromBinary(binary.get(), options), options);
      } catch (CLException e) {
        known.discard(
            key, "is refused by the driver (" + CL.stringFor_errorCode(e.getStatus()) + ")");
      }
    }
    cl_program program = compile(file, source, options);
    try {
      known.store(key, binaryOf(program));
    } catch (CLException e) {
      CL.clReleaseProgram(program);
      throw buildFailure(file, "gives no binary", options, e, "");
    }
    return new Built(program, options);
  }

  private cl_program compile(ProgramOrigin file, String source, String options) {
    cl_program program = fromSource(file, source, options);
    compiled++;
    return program;
  }

  private cl_program fromBinary(byte[] binary, String options) {
    int[] status = new int[1];
    cl_program program =
        CL.clCreateProgramWithBinary(
            context, 1, devices(), new long[] {binary.length}, new byte[][] {binary}, status, null);
    try {
      CL.clBuildProgram(program, 0, null, options, null, null);
      return program;
    } catch (CLException e) {
      CL.clReleaseProgram(program);
      throw e;
    }
  }

  private cl_program fromSource(ProgramOrigin file, String source, String options) {
    cl_program program;
    try {
      program = CL.clCreateProgramWithSource(context, 1, new String[] {source}, null, null);
    } catch (CLException e) {
      throw buildFailure(file, "is not taken as a program", options, e, "");
    }
    try {
      CL.clBuildProgram(program, 0, null, options, null, null);
      return program;
    } catch (CLException e) {
      String log = ofFiles(buildLog(program), file, source);
      CL.clReleaseProgram(program);
      throw buildFailure(
          file,
          "does not build",
          options,
          e,
          log + SignalChaining.advice(log, SignalChaining.active()));
    }
  }

  private static String ofFiles(String log, ProgramOrigin origin, String source) {
    return switch (origin) {
      case ProgramOrigin.Shipped shipped -> log;
      case ProgramOrigin.Given given -> ProgramLines.inFiles(log, source);
    };
  }

  private BackendException.BuildFailed buildFailure(
      ProgramOrigin file, String what, String options, CLException cause, String log) {
    String status = CL.stringFor_errorCode(cause.getStatus());
    BackendException.BuildFailed failure =
        new BackendException.BuildFailed(
            "%s %s on %s with %s: %s%n%s"
                .formatted(file.shown(), what, device.name(), options, status, log));
    failure.initCause(cause);
    return failure;
  }

  /** What the compiler has to say about a program, warnings included. */
  String buildLog(cl_program program) {
    long[] size = new long[1];
    CL.clGetProgramBuildInfo(program, device.id(), CL.CL_PROGRAM_BUILD_LOG, 0, null, size);
    byte[] log = new byte[(int) size[0]];
    CL.clGetProgramBuildInfo(
        program, device.id(), CL.CL_PROGRAM_BUILD_LOG, log.length, Pointer.to(log), null);
    return new String(log, java.nio.charset.StandardCharsets.UTF_8).replace("\0", "").strip();
  }

  private static byte[] binaryOf(cl_program program) {
    long[] sizes = new long[1];
    CL.clGetProgramInfo(
        program, CL.CL_PROGRAM_BINARY_SIZES, Sizeof.size_t, Pointer.to(sizes), null);
    byte[] binary = new byte[(int) sizes[0]];
    Pointer[] binaries = {Pointer.to(binary)};
    CL.clGetProgramInfo(
        program, CL.CL_PROGRAM_BINARIES, Sizeof.POINTER, Pointer.to(binaries), null);
    return binary;
  }

  private cl_device_id[] devices() {
    return new cl_device_id[] {device.id()};
  }

  /** References to the programs: one for each, and one for each kernel of it. */
  int references() {
    int references = 0;
    for (Built one : built.values()) {
      int[] count = new int[1];
      CL.clGetProgramInfo(
          one.program(), CL.CL_PROGRAM_REFERENCE_COUNT, Sizeof.cl_uint, Pointer.to(count), null);
      references += count[0];
    }
    return references;
  }

  @Override
  public void close() {
    built.values().forEach(program -> CL.clReleaseProgram(program.program()));
    built.clear();
  }
}
