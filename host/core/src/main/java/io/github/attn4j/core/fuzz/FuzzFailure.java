package io.github.attn4j.core.fuzz;

/**
 * A kernel that was wrong.
 *
 * @param kernel global id
 * @param device the device it ran on
 * @param number of the case in its run
 * @param kind in which way it was wrong, before and after shrinking; a launch that never ended is
 *     not shrunk
 * @param detail of the shrunk case: the worst element, or what a device said
 * @param drawn the case as it was drawn
 * @param shrunk the smallest that was found to fail in the same way
 */
public record FuzzFailure(
    String kernel,
    String device,
    long number,
    Verdict.Kind kind,
    String detail,
    FuzzCase drawn,
    FuzzCase shrunk) {}
