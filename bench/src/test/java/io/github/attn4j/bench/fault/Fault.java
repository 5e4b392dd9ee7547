package io.github.attn4j.bench.fault;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Optional;

/** What can go wrong with a device, a driver, a kernel or a backend, and in which call. */
public enum Fault {
  /** Nothing goes wrong. */
  NONE(Call.NONE),
  /** The variant refuses every spec. */
  UNSUPPORTED(Call.SUPPORTS),
  /** The device is gone when a stored tuning is rechecked. */
  LOST_AT_TUNING(Call.TUNE),
  /** No room for Q, K, V, O and LSE. */
  INPUTS_DO_NOT_FIT(Call.STAGE),
  /** The upload is refused. */
  UPLOAD_FAILS(Call.STAGE),
  /** The device is gone at the upload. */
  LOST_AT_STAGE(Call.STAGE),
  /** The compiler refuses the program. */
  BUILD_FAILS(Call.PREPARE),
  /** No room for scratch. */
  SCRATCH_DOES_NOT_FIT(Call.PREPARE),
  /** The driver refuses the launch. */
  LAUNCH_FAILS(Call.RUN),
  /** The device is gone at the launch. */
  LOST_AT_RUN(Call.RUN),
  /** The kernel never ends, and no call that waits for it returns. */
  NEVER_ENDS(Call.RUN),
  /** The backend has a bug of its own. */
  MISTAKE_OF_OURS(Call.RUN),
  /** The download is refused. */
  DOWNLOAD_FAILS(Call.READ),
  /** The device is gone at the download. */
  LOST_AT_READ(Call.READ),
  /** The last element of O is off by one. */
  WRONG_ELEMENT(Call.READ),
  /** The last element of O is NaN. */
  NAN_ELEMENT(Call.READ);

  /** Where faults strike. */
  enum Call {
    NONE,
    SUPPORTS,
    TUNE,
    STAGE,
    PREPARE,
    RUN,
    READ
  }

  /** Bytes that a device without room says were asked for. */
  public static final long NEEDED_BYTES = 3L << 30;

  /** Bytes that a device without room says it has. */
  public static final long AVAILABLE_BYTES = 1L << 30;

  private final Call call;

  Fault(Call call) {
    this.call = call;
  }

  Call call() {
    return call;
  }

  /** What every failure says; empty for faults that damage a result instead. */
  public String message() {
    return switch (this) {
      case NONE, WRONG_ELEMENT, NAN_ELEMENT -> "";
      case UNSUPPORTED -> "test device: no specs of this kind";
      case INPUTS_DO_NOT_FIT -> "Q, K, V, O and LSE on the test device";
      case SCRATCH_DOES_NOT_FIT -> "scratch on the test device";
      case BUILD_FAILS -> "test.cl:7: error: use of undeclared identifier 'row'";
      case LAUNCH_FAILS -> "launch failed on the test device: CL_INVALID_WORK_GROUP_SIZE";
      case UPLOAD_FAILS, DOWNLOAD_FAILS -> "transfer failed on the test device: CL_MAP_FAILURE";
      case LOST_AT_TUNING, LOST_AT_STAGE, LOST_AT_RUN, LOST_AT_READ ->
          "the test device does not answer: CL_DEVICE_NOT_AVAILABLE";
      case NEVER_ENDS -> "a launch that never ends";
      case MISTAKE_OF_OURS -> "a mistake planted by a test";
    };
  }

  /** What the call throws, if it throws. */
  Optional<RuntimeException> exception() {
    return Optional.ofNullable(
        switch (this) {
          case NONE, UNSUPPORTED, NEVER_ENDS, WRONG_ELEMENT, NAN_ELEMENT -> null;
          case INPUTS_DO_NOT_FIT, SCRATCH_DOES_NOT_FIT ->
              new BackendException.OutOfMemory(message(), NEEDED_BYTES, AVAILABLE_BYTES);
          case BUILD_FAILS -> new BackendException.BuildFailed(message());
          case LAUNCH_FAILS, UPLOAD_FAILS, DOWNLOAD_FAILS ->
              new BackendException.LaunchFailed(message());
          case LOST_AT_TUNING, LOST_AT_STAGE, LOST_AT_RUN, LOST_AT_READ ->
              new BackendException.Unavailable(message());
          case MISTAKE_OF_OURS -> new IllegalStateException(message());
        });
  }

  /** Damages a result, if that is what this fault does. */
  AttentionOutput damage(AttentionOutput output, AttentionSpec spec) {
    int longest =
        spec.queryLengths().lastIndexOf(spec.queryLength()); // the others have no such row
    int row = spec.outputRow(longest, spec.queryHeads() - 1, spec.queryLength() - 1);
    int last = row + spec.valueDim() - 1;
    switch (this) {
      case WRONG_ELEMENT -> output.o()[last] += 1;
      case NAN_ELEMENT -> output.o()[last] = Float.NaN;
      default -> {}
    }
    return output;
  }
}
