package io.github.attn4j.core.kernel;

/**
 * What can go wrong on a device; {@link io.github.attn4j.core.run.Evaluator} turns each case into
 * its evaluation.
 */
public abstract sealed class BackendException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String description;

  private BackendException(String description) {
    super(description);
    this.description = description;
  }

  /** The message, which these exceptions always have. */
  public String description() {
    return description;
  }

  /** A backend or a device cannot be used at all. */
  public static final class Unavailable extends BackendException {
    private static final long serialVersionUID = 1L;

    /** The message says what was looked for and the way out. */
    public Unavailable(String message) {
      super(message);
    }
  }

  /** A program did not build. */
  public static final class BuildFailed extends BackendException {
    private static final long serialVersionUID = 1L;

    /** The message holds kernel, device, defines and the compiler's log. */
    public BuildFailed(String message) {
      super(message);
    }
  }

  /** A call on the device failed. */
  public static final class LaunchFailed extends BackendException {
    private static final long serialVersionUID = 1L;

    /** The message names the call, the kernel, the device and the status. */
    public LaunchFailed(String message) {
      super(message);
    }
  }

  /** The device has too little memory. */
  public static final class OutOfMemory extends BackendException {
    private static final long serialVersionUID = 1L;
    private final long neededBytes;
    private final long availableBytes;

    /** What was needed, in all and for what, and what there is. */
    public OutOfMemory(String what, long neededBytes, long availableBytes) {
      super(
          "%s needs %,d bytes, but the device offers %,d"
              .formatted(what, neededBytes, availableBytes));
      this.neededBytes = neededBytes;
      this.availableBytes = availableBytes;
    }

    /** Bytes needed. */
    public long neededBytes() {
      return neededBytes;
    }

    /** Bytes there are. */
    public long availableBytes() {
      return availableBytes;
    }
  }
}
