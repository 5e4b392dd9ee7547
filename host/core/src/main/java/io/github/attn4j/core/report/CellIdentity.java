package io.github.attn4j.core.report;

import io.github.attn4j.core.spec.ElementTypes;
import java.util.ArrayList;
import java.util.List;

/**
 * What makes two cells of different reports the same: the kernel, the class of its device, the data
 * and all that makes a spec. The device's name is not part of it, nor how the spec's label is
 * worded.
 *
 * @param kernel global id
 * @param deviceClass {@link DeviceClasses#of}
 * @param peer id of the rival beside it; empty in a sweep
 * @param model whose attention it is; empty in a sweep
 * @param input where the data came from
 * @param batch B
 * @param queryHeads Hq
 * @param kvHeads Hkv
 * @param queryLength Sq
 * @param keyLength Skv
 * @param headDim D
 * @param valueDim Dv
 * @param dtype type of Q and O
 * @param kvDtype type of K and V
 * @param mode what {@code --mode} measured; empty without it
 * @param pageSize keys of a page of the cache; 0 where keys lie in a slot for each sequence
 * @param deterministic whether the merge order was fixed
 * @param mask mask, soft cap and score in words
 * @param visiblePairs query-key pairs that the mask leaves: tells masks apart that files define
 */
public record CellIdentity(
    String kernel,
    String deviceClass,
    String peer,
    String model,
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
    long visiblePairs) {
  /** Of a sweep's cell. */
  public static CellIdentity of(BenchCell cell, DeviceClasses devices) {
    return new CellIdentity(
        cell.kernel(),
        devices.of(cell.deviceId()),
        "",
        cell.model(),
        cell.input(),
        cell.batch(),
        cell.queryHeads(),
        cell.kvHeads(),
        cell.queryLength(),
        cell.keyLength(),
        cell.headDim(),
        cell.valueDim(),
        cell.dtype(),
        cell.kvDtype(),
        cell.mode(),
        cell.pageSize(),
        cell.deterministic(),
        cell.mask(),
        cell.visiblePairs());
  }

  /** Of a ratio to a peer. */
  static CellIdentity of(PeerRatio row, DeviceClasses devices) {
    return new CellIdentity(
        row.kernel(),
        devices.of(row.deviceId()),
        row.peer(),
        row.model(),
        row.input(),
        row.batch(),
        row.queryHeads(),
        row.kvHeads(),
        row.queryLength(),
        row.keyLength(),
        row.headDim(),
        row.valueDim(),
        row.dtype(),
        row.kvDtype(),
        row.mode(),
        row.pageSize(),
        row.deterministic(),
        row.mask(),
        row.visiblePairs());
  }

  /** The problem in a few words, without the kernel: what tells rows of a table apart. */
  public String problem() {
    List<String> words = new ArrayList<>();
    if (!model.isEmpty()) {
      words.add(model + ":");
    }
    if (!mode.isEmpty()) {
      words.add(mode);
    }
    words.add("B%d H%s".formatted(batch, pair(queryHeads, kvHeads)));
    words.add("N%s D%s".formatted(pair(queryLength, keyLength), pair(headDim, valueDim)));
    words.add(ElementTypes.label(dtype, kvDtype));
    words.add(mask);
    if (pageSize > 0) {
      words.add("pages of " + pageSize);
    }
    if (deterministic) {
      words.add("deterministic");
    }
    words.add(input);
    if (!peer.isEmpty()) {
      words.add("beside " + peer);
    }
    return String.join(" ", words);
  }

  private static String pair(int one, int other) {
    return one == other ? String.valueOf(one) : one + "/" + other;
  }
}
