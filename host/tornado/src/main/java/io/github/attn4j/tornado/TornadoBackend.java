package io.github.attn4j.tornado;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Tunings;
import java.util.ArrayList;
import java.util.List;

/**
 * Compiles attention kernels written in Java for whatever devices TornadoVM finds. The JVM has to
 * be started with the SDK's argument file, which {@code ./attn} does where {@code TORNADOVM_HOME}
 * names one.
 */
public final class TornadoBackend implements Backend {
  /** Id of this backend. */
  public static final String ID = "tornado";

  private static final String API = "uk.ac.manchester.tornado.api.TornadoExecutionPlan";
  private static final String RUNTIME = "tornado.runtime";

  private static final String HOW_TO_INSTALL =
      "install the SDK with SDKMAN (sdk install tornadovm 5.2.0-jdk25-opencl) or point TORNADOVM_HOME"
          + " to one of version 5.x for JDK 25, and start through ./attn";

  /** Without it a kernel that TornadoVM cannot compile runs as sequential Java instead. */
  private static final String BAILOUT = "tornado.recover.bailout";

  /** What the driver's compiler is given besides the source. */
  static final String COMPILER_FLAGS = "tornado.opencl.compiler.flags";

  private final List<TornadoDevices.Found> found = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();

  /** Looks for the SDK and its devices now. */
  public TornadoBackend() {
    if (!sdkPresent()) {
      missing.add("no TornadoVM in this JVM: " + HOW_TO_INSTALL);
      return;
    }
    if (!flagsRight()) {
      missing.add(
          "TornadoVM is there, but without -D%s=False and -D%s=\"%s\" it would hide failures and break"
                  .formatted(BAILOUT, COMPILER_FLAGS, "-cl-mad-enable -w")
              + " infinities: start through ./attn, which sets both");
      return;
    }
    try {
      found.addAll(TornadoDevices.find());
      if (found.isEmpty()) {
        missing.add("TornadoVM finds no device: install an OpenCL driver, as ./attn devices says");
      }
    } catch (RuntimeException | LinkageError e) {
      missing.add("TornadoVM does not start (%s): %s".formatted(e, HOW_TO_INSTALL));
    }
  }

  private static boolean sdkPresent() {
    // The API alone, as on a class path, computes nothing.
    if (ModuleLayer.boot().findModule(RUNTIME).isEmpty()) {
      return false;
    }
    try {
      Class.forName(API, false, TornadoBackend.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  private static boolean flagsRight() {
    String flags = System.getProperty(COMPILER_FLAGS, "");
    return !Boolean.parseBoolean(System.getProperty(BAILOUT, "true"))
        && !flags.isBlank()
        && !flags.matches(".*(fast|finite-math|unsafe-math).*");
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public List<DeviceInfo> devices() {
    return found.stream().map(TornadoDevices.Found::info).toList();
  }

  @Override
  public List<String> missing() {
    return List.copyOf(missing);
  }

  @Override
  public List<TornadoKernel> kernels() {
    return List.of(TornadoKernel.values());
  }

  @Override
  public Session open(DeviceInfo device, Tunings tunings) {
    return openSession(device, tunings);
  }

  /**
   * As {@link #open(DeviceInfo, Tunings)}, with the kernels' own defaults; launches go by what
   * {@code device} says of itself, its kind above all.
   */
  TornadoSession openSession(DeviceInfo device) {
    return openSession(device, tunings());
  }

  private TornadoSession openSession(DeviceInfo device, Tunings tunings) {
    if (!device.backend().equals(ID) || device.index() >= found.size()) {
      throw new BackendException.Unavailable(
          found.isEmpty()
              ? String.join("; ", missing)
              : "no TornadoVM device %d ('%s') among the %d found; run ./attn devices"
                  .formatted(device.index(), device.name(), found.size()));
    }
    return new TornadoSession(
        new TornadoDevices.Found(device, found.get(device.index()).device()), tunings);
  }
}
