package io.github.attn4j.core.result;

import io.github.attn4j.core.spec.AttentionSpec;
import java.util.List;

/**
 * What a launch wrote, or the room for it: a caller may have the same arrays filled again and
 * again.
 *
 * <p>Outputs of the same queries over disjoint keys merge into the output over all of those keys,
 * by their LSE alone: keys may so be split over devices, over time, or into what sequences share
 * and what is their own (docs/cascade.md). With m = max LSE_p over the parts p
 *
 * <pre>
 *   l = sum of e^(LSE_p - m)      O = sum of e^(LSE_p - m) O_p / l      LSE = m + ln l
 * </pre>
 *
 * (Rabe and Staats 2021; Dao 2023, "FlashAttention-2", section 3.1; Ye et al. 2025, "FlashInfer",
 * section 2.2, where it makes cascade inference). Row by row:
 *
 * <ul>
 *   <li>A part with an LSE of -inf has seen no key and is left out, whatever its O holds; one part
 *       beside such ones passes as it is, bit for bit. Without any other the row is empty: O = 0
 *       and LSE = -inf.
 *   <li>NaN in one part's LSE makes NaN of that row's O and LSE; NaN in an element of a part's O
 *       makes NaN of that element, however small the part's weight: the key is in the union, too.
 *   <li>An LSE of +inf is an infinite score, not the empty row that FlashAttention-2 means by it.
 *       One such part takes all the weight, and LSE is +inf; of two nobody knows the shares, and O
 *       is NaN.
 * </ul>
 *
 * The arithmetic is float64 and rounded once, to float32 and not to a narrower element type of the
 * spec, so that nothing overflows where the parts do not. Parts whose O was stored in f16 or bf16
 * bring a rounding each: give parts a query type of float32 (docs/numerics.md).
 *
 * @param o the output's buffer, addressed through the spec's output layout, gaps included
 * @param lse log-sum-exp of each row's scores, natural log, contiguous [batch, queryHeads,
 *     queryLength]; -inf for empty rows
 */
@SuppressWarnings(
    "ArrayRecordComponent") // large tensors: copied nowhere, compared by check.Comparison only
public record AttentionOutput(float[] o, float[] lse) {

  /** Room for a spec's output, all zero. */
  public static AttentionOutput allocate(AttentionSpec spec) {
    return new AttentionOutput(new float[spec.outputElements()], new float[spec.rows()]);
  }

  /**
   * The output over the keys of both: commutative bit for bit (of NaN, that it is one), associative
   * up to rounding.
   *
   * @param spec says where rows lie: the whole's, or any part's with the same batch, query heads,
   *     query lengths, value dimension and output layout and placement; its keys and mask do not
   *     matter
   * @param a over some keys
   * @param b over others, for the same queries
   * @return new arrays, zeros in the gaps and in rows past a sequence's queries, of LSE too
   * @throws IllegalArgumentException naming the part whose arrays are of other sizes than the
   *     spec's. Arrays of the right size in another layout cannot be told from right ones
   */
  public static AttentionOutput merge(AttentionSpec spec, AttentionOutput a, AttentionOutput b) {
    return mergeAll(spec, List.of(a, b));
  }

  /**
   * The output over the keys of all parts. More than {@link #merge} repeated: the largest LSE of
   * all is taken out once, no LSE in between is rounded, each element is rounded once, and each
   * part is read once.
   *
   * @param spec as for {@link #merge}
   * @param parts over disjoint keys, for the same queries; without any, no row has seen a key
   * @return new arrays, zeros in the gaps and in rows past a sequence's queries, of LSE too
   * @throws IllegalArgumentException as {@link #merge}
   */
  public static AttentionOutput mergeAll(AttentionSpec spec, List<AttentionOutput> parts) {
    AttentionOutput merged = allocate(spec);
    mergeInto(merged, spec, parts);
    return merged;
  }

  /**
   * As {@link #mergeAll}, into arrays that there are.
   *
   * @param target overwritten row by row, its gaps and rows past the query lengths untouched; may
   *     be one of the parts
   * @param spec as for {@link #merge}
   * @param parts as for {@link #mergeAll}
   * @throws IllegalArgumentException as {@link #merge}, and where the target does not fit; nothing
   *     is written then
   */
  public static void mergeInto(
      AttentionOutput target, AttentionSpec spec, List<AttentionOutput> parts) {
    target.requireFits(spec);
    for (int part = 0; part < parts.size(); part++) {
      AttentionOutput output = parts.get(part);
      if (!output.fits(spec)) {
        throw new IllegalArgumentException(
            "part %d of %d has %d elements of O and %d of LSE, but rows of %s lie in %d and %d: compute every part with the batch, query heads, query length, value dimension and output layout of the spec given"
                .formatted(
                    part + 1,
                    parts.size(),
                    output.o.length,
                    output.lse.length,
                    spec.label(),
                    spec.outputElements(),
                    spec.rows()));
      }
    }
    new RowMerge(target, parts, spec.valueDim()).mergeRows(spec);
  }

  /**
   * Refuses arrays of another size than a spec's output has.
   *
   * @throws IllegalArgumentException with both sizes
   */
  public void requireFits(AttentionSpec spec) {
    if (!fits(spec)) {
      throw new IllegalArgumentException(
          "%s writes %d elements of O and %d of LSE, but the arrays given have %d and %d: AttentionOutput.allocate makes them for a spec"
              .formatted(spec.label(), spec.outputElements(), spec.rows(), o.length, lse.length));
    }
  }

  private boolean fits(AttentionSpec spec) {
    return o.length == spec.outputElements() && lse.length == spec.rows();
  }
}
