package io.github.attn4j.tornado;

import io.github.attn4j.kernels.tornado.Filler;
import io.github.attn4j.kernels.tornado.Flash;
import io.github.attn4j.kernels.tornado.FlashLanes;
import io.github.attn4j.kernels.tornado.NaiveParallel;
import io.github.attn4j.kernels.tornado.OnlineSoftmax;
import io.github.attn4j.kernels.tornado.TiledThreePass;
import java.util.List;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;

/** The two graphs of a plan: which methods run on the device, on which arrays. */
final class TaskGraphs {
  /** Name of the graph that uploads. */
  static final String STAGE = "stage";

  /** Name of the graph that launches; its tasks are named as the kernel's launches are. */
  static final String ATTENTION = "attention";

  private TaskGraphs() {}

  /**
   * Uploads all arrays, fills what a launch writes with NaN, and leaves everything on the device.
   */
  static TaskGraph stage(DeviceArrays a) {
    return new TaskGraph(STAGE)
        .transferToDevice(DataTransferMode.EVERY_EXECUTION, a.inputs())
        .transferToDevice(DataTransferMode.FIRST_EXECUTION, a.outputs())
        .task(
            "fill",
            Filler::fill,
            a.q(),
            a.k(),
            a.v(),
            a.o(),
            a.lse(),
            a.visible(),
            a.bias(),
            a.shape(),
            a.numbers(),
            a.o().length,
            a.lse().length)
        .task(
            "poison",
            Filler::poison,
            a.scratch(),
            a.packed(),
            a.numbers(),
            a.scratch().length,
            a.packed().getLength(),
            Math.max(a.scratch().length, a.packed().getLength()))
        .persistOnDevice(a.inputs())
        .persistOnDevice(a.outputs());
  }

  /** Launches a kernel on what {@link #stage} has uploaded, and leaves everything there. */
  static TaskGraph attention(TornadoKernel kernel, boolean packs, List<Integer> n, DeviceArrays a) {
    KernelContext context = new KernelContext();
    TaskGraph graph =
        new TaskGraph(ATTENTION)
            .consumeFromDevice(STAGE, packs ? a.packedArguments() : a.arguments());
    switch (kernel) {
      case NAIVE_PARALLEL ->
          graph.task(
              "rows",
              NaiveParallel::naiveParallel,
              a.q(),
              a.k(),
              a.v(),
              a.o(),
              a.lse(),
              a.visible(),
              a.bias(),
              a.scratch(),
              a.shape(),
              a.numbers(),
              n.get(0),
              n.get(1));
      case TILED_THREE_PASS ->
          graph
              .task(
                  "scores",
                  TiledThreePass::scores,
                  context,
                  a.q(),
                  a.k(),
                  a.v(),
                  a.o(),
                  a.lse(),
                  a.visible(),
                  a.bias(),
                  a.scratch(),
                  a.shape(),
                  a.numbers())
              .task(
                  "softmax",
                  TiledThreePass::softmax,
                  context,
                  a.q(),
                  a.k(),
                  a.v(),
                  a.o(),
                  a.lse(),
                  a.visible(),
                  a.bias(),
                  a.scratch(),
                  a.shape(),
                  a.numbers())
              .task(
                  "values",
                  TiledThreePass::values,
                  context,
                  a.q(),
                  a.k(),
                  a.v(),
                  a.o(),
                  a.lse(),
                  a.visible(),
                  a.bias(),
                  a.scratch(),
                  a.shape(),
                  a.numbers());
      case ONLINE_SOFTMAX ->
          graph.task(
              "rows",
              OnlineSoftmax::onlineSoftmax,
              context,
              a.q(),
              a.k(),
              a.v(),
              a.o(),
              a.lse(),
              a.visible(),
              a.bias(),
              a.scratch(),
              a.shape(),
              a.numbers());
      case FLASH -> {
        if (packs) {
          graph.task(
              "lanes",
              FlashLanes::flash,
              context,
              a.q(),
              a.k(),
              a.v(),
              a.o(),
              a.lse(),
              a.visible(),
              a.bias(),
              a.packed(),
              a.shape(),
              a.numbers());
        } else {
          graph.task(
              "tiles",
              Flash::flash,
              context,
              a.q(),
              a.k(),
              a.v(),
              a.o(),
              a.lse(),
              a.visible(),
              a.bias(),
              a.scratch(),
              a.shape(),
              a.numbers(),
              n.get(0),
              n.get(1),
              n.get(2));
        }
      }
    }
    return graph.transferToHost(DataTransferMode.UNDER_DEMAND, a.o(), a.lse());
  }
}
