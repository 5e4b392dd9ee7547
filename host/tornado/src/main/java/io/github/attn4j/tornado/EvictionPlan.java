package io.github.attn4j.tornado;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.kernels.tornado.Filler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;

/** Writes more than the device's caches hold, so that nothing else is left in them. */
final class EvictionPlan {
  private final TornadoDevices.Found device;
  private final float[] written;
  private final TornadoExecutionPlan plan;

  EvictionPlan(TornadoDevices.Found device, int elements) {
    this.device = device;
    written = new float[elements];
    TaskGraph graph =
        new TaskGraph("eviction")
            .transferToDevice(DataTransferMode.FIRST_EXECUTION, written)
            .task("write", Filler::increment, written, elements)
            .transferToHost(DataTransferMode.UNDER_DEMAND, written);
    plan = new TornadoExecutionPlan(graph.snapshot());
    plan.withDevice(device.device()).withProfiler(ProfilerMode.SILENT);
  }

  /** Returns the bytes written. */
  long run() {
    if (plan.execute().getProfilerResult().getDeviceKernelTime() <= 0) {
      throw new BackendException.LaunchFailed("evicting the caches took no time on the device");
    }
    return 4L * written.length;
  }

  void close() {
    TornadoDevices.free(plan, device);
  }
}
