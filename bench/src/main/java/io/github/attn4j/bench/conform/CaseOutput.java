package io.github.attn4j.bench.conform;

/**
 * One output of the operator, as somebody computed it.
 *
 * @param name the operator's own
 * @param producer what computed it
 * @param values in the order of the standard's tensor
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record CaseOutput(String name, String producer, float[] values) {}
