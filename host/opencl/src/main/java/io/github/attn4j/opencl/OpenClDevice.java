package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.CacheLevel;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.HostCaches;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/** A device as OpenCL describes it. */
record OpenClDevice(
    cl_platform_id platform,
    cl_device_id id,
    String platformName,
    String name,
    String vendor,
    String driver,
    String version,
    DeviceInfo.Kind kind,
    int computeUnits,
    long globalBytes,
    long largestBufferBytes,
    boolean sharesHostMemory,
    boolean sharesFineGrained) {

  /** The detail that says whose OpenCL it is. */
  static final String PLATFORM = "platform";

  /** Part of the name of PoCL's platform. */
  private static final String POCL = "Portable Computing Language";

  /** The detail that says how the device can divide floats. */
  static final String FLOAT_DIVISION = "float division";

  static final String CORRECTLY_ROUNDED = "correctly rounded where asked for";

  /** The detail that says what becomes of floats below the smallest normal one. */
  static final String DENORMALS = "float denormals";

  static final String KEPT = "kept";

  /** CL_DEVICE_COMPUTE_CAPABILITY_MAJOR_NV, of the extension cl_nv_device_attribute_query. */
  private static final int COMPUTE_CAPABILITY_MAJOR = 0x4000;

  /** CL_DEVICE_COMPUTE_CAPABILITY_MINOR_NV. */
  private static final int COMPUTE_CAPABILITY_MINOR = 0x4001;

  @SuppressWarnings(
      "deprecation") // host-unified memory: still the only way to ask on OpenCL 1.2 devices
  static OpenClDevice query(cl_platform_id platform, cl_device_id device) {
    long type = longValue(device, CL.CL_DEVICE_TYPE);
    DeviceInfo.Kind kind;
    if ((type & CL.CL_DEVICE_TYPE_CPU) != 0) {
      kind = DeviceInfo.Kind.CPU; // also what an emulator that claims every type at once is run as
    } else {
      kind = (type & CL.CL_DEVICE_TYPE_GPU) != 0 ? DeviceInfo.Kind.GPU : DeviceInfo.Kind.OTHER;
    }
    return new OpenClDevice(
        platform,
        device,
        platformText(platform, CL.CL_PLATFORM_NAME),
        text(device, CL.CL_DEVICE_NAME),
        text(device, CL.CL_DEVICE_VENDOR),
        text(device, CL.CL_DRIVER_VERSION),
        text(device, CL.CL_DEVICE_VERSION),
        kind,
        (int) longValue(device, CL.CL_DEVICE_MAX_COMPUTE_UNITS),
        longValue(device, CL.CL_DEVICE_GLOBAL_MEM_SIZE),
        longValue(device, CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE),
        longValue(device, CL.CL_DEVICE_HOST_UNIFIED_MEMORY) != 0,
        kind == DeviceInfo.Kind.CPU && hasFineGrainedBuffers(device));
  }

  /**
   * Whether host and device may both use a buffer of shared virtual memory without maps. Only asked
   * of processors: on others such memory may be the host's behind a bus, or lie past the caches.
   */
  private static boolean hasFineGrainedBuffers(cl_device_id device) {
    return !text(device, CL.CL_DEVICE_VERSION).startsWith("OpenCL 1.") // knows no such property
        && (longValue(device, CL.CL_DEVICE_SVM_CAPABILITIES) & CL.CL_DEVICE_SVM_FINE_GRAIN_BUFFER)
            != 0;
  }

  /**
   * The same device, its memory reached another way: those of less capable ones work on it, too.
   */
  OpenClDevice reachedBy(boolean mapping, boolean sharing) {
    return new OpenClDevice(
        platform,
        id,
        platformName,
        name,
        vendor,
        driver,
        version,
        kind,
        computeUnits,
        globalBytes,
        largestBufferBytes,
        mapping,
        sharing);
  }

  DeviceInfo info(int index) {
    Map<String, String> details = new LinkedHashMap<>();
    details.put(PLATFORM, platformName);
    details.put("version", version);
    details.put("vendor", vendor);
    details.put("clock", longValue(id, CL.CL_DEVICE_MAX_CLOCK_FREQUENCY) + " MHz");
    long localBytes = longValue(id, CL.CL_DEVICE_LOCAL_MEM_SIZE);
    int largestWorkGroup =
        (int) Math.min(longValue(id, CL.CL_DEVICE_MAX_WORK_GROUP_SIZE), Integer.MAX_VALUE);
    details.put("local memory", localBytes / 1024 + " KiB");
    details.put("largest work-group", String.valueOf(largestWorkGroup));
    details.put(
        "float vector width",
        String.valueOf(longValue(id, CL.CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT)));
    details.put(
        "largest buffer", longValue(id, CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE) / (1 << 20) + " MiB");
    details.put("staging", sharesHostMemory ? "zero copy (mapped)" : "pinned buffer");
    details.put(
        "reading",
        sharesFineGrained
            ? "in place (fine-grained shared memory)"
            : sharesHostMemory ? "mapped" : "pinned buffer");
    if (platformName.contains(POCL)) {
      String affinity = System.getenv("POCL_AFFINITY");
      details.put("threads", "1".equals(affinity) ? "each on a core of its own" : "not pinned");
    }
    String extensions = text(id, CL.CL_DEVICE_EXTENSIONS);
    details.put("half arithmetic", extensions.contains("cl_khr_fp16") ? "yes" : "no");
    if (extensions.contains("cl_nv_device_attribute_query")) {
      details.put(
          MatrixUnits.COMPUTE_CAPABILITY,
          "%d.%d"
              .formatted(
                  longValue(id, COMPUTE_CAPABILITY_MAJOR),
                  longValue(id, COMPUTE_CAPABILITY_MINOR)));
    }
    long floats = longValue(id, CL.CL_DEVICE_SINGLE_FP_CONFIG);
    boolean correct = (floats & CL.CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
    details.put(FLOAT_DIVISION, correct ? CORRECTLY_ROUNDED : "within 2.5 units in the last place");
    details.put(DENORMALS, (floats & CL.CL_FP_DENORM) != 0 ? KEPT : "may become 0");
    return new DeviceInfo(
        OpenClBackend.ID,
        index,
        name,
        kind,
        driver,
        computeUnits,
        globalBytes,
        localBytes,
        largestWorkGroup,
        caches(),
        details);
  }

  /** Whether programs can ask for floats to be divided as the host divides them. */
  static boolean dividesAsTheHost(DeviceInfo device) {
    return CORRECTLY_ROUNDED.equals(device.details().get(FLOAT_DIVISION));
  }

  /** Whether floats below the smallest normal one are what they are on the host. */
  static boolean keepsDenormals(DeviceInfo device) {
    return KEPT.equals(device.details().get(DENORMALS));
  }

  /** A device that is the host's processor has its caches; others tell of one at most. */
  private List<CacheLevel> caches() {
    if (kind == DeviceInfo.Kind.CPU) {
      return HostCaches.ofThisMachine().levels(computeUnits);
    }
    long bytes = longValue(id, CL.CL_DEVICE_GLOBAL_MEM_CACHE_SIZE);
    return bytes > 0 ? List.of(new CacheLevel("L2", bytes)) : List.of();
  }

  /**
   * Whether the driver itself keeps on disk what a launch needs of a program, as PoCL does unless
   * told otherwise. Its binaries are no substitute, and cost more than compiling:
   * docs/decisions/0011-compiled-programs.md.
   */
  boolean keepsPrograms() {
    return platformName.contains(POCL) && !"0".equals(System.getenv("POCL_KERNEL_CACHE"));
  }

  /** What a compiled program depends on besides its source and options. */
  List<String> identity() {
    return List.of(
        platformName,
        platformText(platform, CL.CL_PLATFORM_VERSION),
        name,
        vendor,
        driver,
        version);
  }

  /**
   * Bytes that buffers may take in all. A device that lives in host memory reports all of it, used
   * or not, and the operating system kills who believes that: there the memory that is available
   * now counts, where it can be read.
   */
  long availableBytes() {
    return sharesHostMemory
        ? Math.min(globalBytes, HostMemory.ofThisMachine().availableBytes())
        : globalBytes;
  }

  static String platformText(cl_platform_id platform, int parameter) {
    long[] size = new long[1];
    CL.clGetPlatformInfo(platform, parameter, 0, null, size);
    byte[] bytes = new byte[(int) size[0]];
    CL.clGetPlatformInfo(platform, parameter, bytes.length, Pointer.to(bytes), null);
    return trimmed(bytes);
  }

  private static String text(cl_device_id device, int parameter) {
    long[] size = new long[1];
    CL.clGetDeviceInfo(device, parameter, 0, null, size);
    byte[] bytes = new byte[(int) size[0]];
    CL.clGetDeviceInfo(device, parameter, bytes.length, Pointer.to(bytes), null);
    return trimmed(bytes);
  }

  private static String trimmed(byte[] bytes) {
    return new String(
            bytes, 0, Math.max(0, bytes.length - 1), java.nio.charset.StandardCharsets.UTF_8)
        .strip();
  }

  /**
   * Any integer property: 4-byte ones leave the upper half of a zeroed little-endian long alone.
   */
  private static long longValue(cl_device_id device, int parameter) {
    long[] value = new long[1];
    CL.clGetDeviceInfo(device, parameter, Sizeof.cl_ulong, Pointer.to(value), null);
    return value[0];
  }
}
