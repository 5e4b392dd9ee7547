package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tunings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;
import org.jspecify.annotations.Nullable;

/** Finds OpenCL devices through the installed loader and opens them. */
public final class OpenClBackend implements Backend {
  /** Id of this backend. */
  public static final String ID = "opencl";

  private static final String HOW_TO_INSTALL =
      "on Debian or Ubuntu: apt-get install pocl-opencl-icd ocl-icd-libopencl1; for a GPU: its vendor's driver";

  private final List<OpenClDevice> found = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();

  /**
   * One look at a time: PoCL 3.1 makes its devices at the first one, and threads that look
   * meanwhile were told that there are none, or the process crashed.
   */
  private static final Object DRIVERS = new Object();

  private final ProgramCache cache;
  private @Nullable Tunings shipped;

  /**
   * Looks for devices now; programs are cached in the user's cache folder, unless the driver keeps
   * them itself.
   */
  public OpenClBackend() {
    this(ProgramCache.defaultFolder());
  }

  /** The same with a folder of the caller's. */
  public OpenClBackend(Path cacheFolder) {
    cache = new ProgramCache(cacheFolder);
    // JOCL unpacks its library to one name in the temporary folder, unless told otherwise, and
    // loads what another process has half written there. Names of their own are deleted at the end.
    System.setProperty("uniqueLibraryNames", "true");
    try {
      synchronized (DRIVERS) {
        CL.setExceptionsEnabled(true);
        discover();
      }
    } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
      missing.add(
          "no OpenCL loader (libOpenCL.so.1) could be loaded: "
              + firstLine(e)
              + "; "
              + HOW_TO_INSTALL);
    }
  }

  private void discover() {
    int[] count = new int[1];
    try {
      CL.clGetPlatformIDs(0, null, count);
    } catch (CLException e) {
      missing.add(
          "the OpenCL loader finds no platform (" + e.getMessage() + "); " + HOW_TO_INSTALL);
      return;
    }
    cl_platform_id[] platforms = new cl_platform_id[count[0]];
    CL.clGetPlatformIDs(platforms.length, platforms, null);
    for (cl_platform_id platform : platforms) {
      try {
        CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, 0, null, count);
        cl_device_id[] devices = new cl_device_id[count[0]];
        CL.clGetDeviceIDs(platform, CL.CL_DEVICE_TYPE_ALL, devices.length, devices, null);
        for (cl_device_id device : devices) {
          found.add(OpenClDevice.query(platform, device));
        }
      } catch (CLException e) {
        missing.add(
            "OpenCL platform '%s' offers no device (%s)"
                .formatted(
                    OpenClDevice.platformText(platform, CL.CL_PLATFORM_NAME), e.getMessage()));
      }
    }
    found.sort(Comparator.comparing(device -> device.kind() == DeviceInfo.Kind.GPU ? 0 : 1));
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public List<DeviceInfo> devices() {
    List<DeviceInfo> infos = new ArrayList<>();
    for (int index = 0; index < found.size(); index++) {
      infos.add(found.get(index).info(index));
    }
    return infos;
  }

  @Override
  public List<String> missing() {
    return List.copyOf(missing);
  }

  @Override
  public List<? extends KernelVariant> kernels() {
    return List.of(OpenClKernel.values());
  }

  /** Those that ship for known devices. */
  @Override
  public Tunings tunings() {
    if (shipped == null) {
      shipped = ShippedTunings.tunings();
    }
    return shipped;
  }

  @Override
  public Session open(DeviceInfo device, Tunings tunings) {
    return openSession(device, tunings, KernelSource::load);
  }

  /** As {@link #open}, for what only this backend's sessions can do. */
  public OpenClSession openSession(DeviceInfo device) {
    return openSession(device, KernelSource::load);
  }

  /** As {@link #openSession(DeviceInfo)}, with programs of the caller's. */
  OpenClSession openSession(DeviceInfo device, UnaryOperator<String> sources) {
    return openSession(device, tunings(), sources);
  }

  /** As {@link #openSession(DeviceInfo)}, with tunings and programs of the caller's. */
  OpenClSession openSession(DeviceInfo device, Tunings tunings, UnaryOperator<String> sources) {
    OpenClDevice opened = found(device);
    return new OpenClSession(
        opened, device, tunings, opened.keepsPrograms() ? null : cache, sources);
  }

  /** The device that an OpenClBackend described so. */
  OpenClDevice found(DeviceInfo device) {
    if (!device.backend().equals(ID) || device.index() >= found.size()) {
      throw new BackendException.Unavailable(
          "no OpenCL device %d ('%s') among the %d found; run ./attn devices"
              .formatted(device.index(), device.name(), found.size()));
    }
    return found.get(device.index());
  }

  private static String firstLine(Throwable error) {
    String message = String.valueOf(error.getMessage());
    return message.lines().findFirst().orElse(error.getClass().getSimpleName());
  }
}
