package io.github.attn4j.bench.conform;

/** A case asks for something that attn4j does not compute; the message names it. */
final class UnsupportedCaseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  UnsupportedCaseException(String reason) {
    super(reason);
    this.reason = reason;
  }

  /** The message, which these exceptions always have. */
  String reason() {
    return reason;
  }
}
