package io.github.attn4j.bench.cli;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.model.EncoderModel;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Whether the model can run where the user wants it to. Where it cannot there is nothing to do,
 * whichever command asks.
 */
final class ModelOnDevice {
  private ModelOnDevice() {}

  /** Why a kernel cannot compute the model's attention under one of the masks; empty if it can. */
  static Optional<String> unsupported(KernelVariant kernel, DeviceInfo device, List<Mask> masks) {
    for (Mask mask : masks) {
      if (EncoderModel.supported(kernel, device, mask) instanceof Support.No no) {
        return Optional.of(
            "%s cannot compute the model's attention on %s: %s; without --kernel one is taken that can"
                .formatted(kernel.globalId(), device.name(), no.reason()));
      }
    }
    return Optional.empty();
  }

  /** Why a session has attention alone; empty where it has the layers around it. */
  static Optional<String> withoutLayers(Session session) {
    try {
      var _ = session.layers();
      return Optional.empty();
    } catch (UnsupportedOperationException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Says so. */
  static int nothingToDo(CommandSpec command, String why) {
    PrintWriter err = command.commandLine().getErr();
    err.println("attn: " + why);
    err.flush();
    return ExitCode.NOTHING_TO_DO;
  }
}
