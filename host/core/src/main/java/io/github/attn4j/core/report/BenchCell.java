package io.github.attn4j.core.report;

import io.github.attn4j.core.spec.ElementTypes;
import org.jspecify.annotations.Nullable;

/**
 * One kernel on one problem.
 *
 * @param kernel global id
 * @param deviceId the device it ran on, or would have, as {@code --device} takes it: {@code
 *     backend:index}
 * @param device what the driver calls that device
 * @param model whose attention it is, for example "llama-3-8b prefill"; empty in a sweep
 * @param shape the spec in a few words
 * @param input where the data came from: a family of inputs, for example "normal", or "model"
 * @param batch B
 * @param queryHeads Hq
 * @param kvHeads Hkv
 * @param queryLength Sq
 * @param keyLength Skv
 * @param headDim D
 * @param valueDim Dv
 * @param dtype type of Q and O, as {@code --dtype} takes it
 * @param kvDtype type of K and V, as {@code --kv-dtype} takes it
 * @param mode what {@code --mode} measured: prefill, decode or chunked; empty without it
 * @param pageSize keys of a page of the cache; 0 where keys lie in a slot for each sequence
 * @param deterministic whether the merge order was fixed
 * @param mask the mask in a word
 * @param visiblePairs query-key pairs that the mask leaves, over all batches and query heads
 * @param tileQueries queries of a tile, by which the kernel skips what a mask hides; 0 if it skips
 *     nothing
 * @param tileKeys keys of a tile; 0 if it skips nothing
 * @param visitedTiles tiles that hold a visible pair, over all batches and query heads; 0 if it
 *     skips nothing
 * @param status whether there is a measurement
 * @param note why not, or what to know about it; may be empty
 * @param measurement null unless measured
 * @param sparsity what the mask leaves and what that gains; null where there is none to hide pairs
 */
public record BenchCell(
    String kernel,
    String deviceId,
    String device,
    String model,
    String shape,
    String input,
    int batch,
    int queryHeads,
    int kvHeads,
    int queryLength,
    int keyLength,
    int headDim,
    int valueDim,
    String dtype,
    String kvDtype,
    String mode,
    int pageSize,
    boolean deterministic,
    String mask,
    long visiblePairs,
    int tileQueries,
    int tileKeys,
    long visitedTiles,
    Status status,
    String note,
    @Nullable Measurement measurement,
    @Nullable Sparsity sparsity) {

  /** The same cell with another outcome and no figures. */
  BenchCell without(Status outcome, String why) {
    return new BenchCell(
        kernel,
        deviceId,
        device,
        model,
        shape,
        input,
        batch,
        queryHeads,
        kvHeads,
        queryLength,
        keyLength,
        headDim,
        valueDim,
        dtype,
        kvDtype,
        mode,
        pageSize,
        deterministic,
        mask,
        visiblePairs,
        tileQueries,
        tileKeys,
        visitedTiles,
        outcome,
        why,
        null,
        null);
  }

  /** Both types as specs' labels have them: {@code f16}, or {@code f16 kv:i8} where they differ. */
  public String types() {
    return ElementTypes.label(dtype, kvDtype);
  }

  /** Whether a cell has a measurement, and if not, why. */
  public enum Status {
    /** Right before, during and after, and timed. */
    MEASURED,
    /** Wrong, or the device failed. */
    FAILED,
    /** A program of the kernel does not build; the note holds the log. */
    BUILD_FAILED,
    /** Predicted to take too long. */
    SKIPPED,
    /** The kernel cannot compute this, or its inputs cannot be had. */
    UNSUPPORTED,
    /** It does not fit the device's memory. */
    OUT_OF_MEMORY,
    /** A launch or its check took longer than the watchdog lets it. */
    NEVER_ENDED;

    /** Whether the kernel or its device is to blame: such a cell's note is worth a paragraph. */
    boolean isFailure() {
      return this == FAILED || this == BUILD_FAILED || this == NEVER_ENDED;
    }
  }
}
