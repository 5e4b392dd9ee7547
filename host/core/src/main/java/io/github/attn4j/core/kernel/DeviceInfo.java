package io.github.attn4j.core.kernel;

import java.util.Map;

/**
 * A device as reports and the command line show it.
 *
 * @param backend id of the backend that offers it, for example {@code opencl}
 * @param index its number within the backend, as {@code --device} takes it
 * @param name what the driver calls it
 * @param kind CPU, GPU or another kind
 * @param driver driver or runtime version
 * @param computeUnits cores or multiprocessors
 * @param memoryBytes memory that buffers may fill
 * @param localBytes memory that the items of a work-group share; 0 where kernels have none
 * @param largestWorkGroup most items of a work-group; 1 where kernels have none
 * @param details whatever else matters, in the order in which it is shown
 */
public record DeviceInfo(
    String backend,
    int index,
    String name,
    Kind kind,
    String driver,
    int computeUnits,
    long memoryBytes,
    long localBytes,
    int largestWorkGroup,
    Map<String, String> details) {

  /** What kind of processor. */
  public enum Kind {
    /** The host's own processor. */
    CPU,
    /** A graphics processor. */
    GPU,
    /** Anything else. */
    OTHER
  }
}
