package io.github.attn4j.core.kernel;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import java.util.List;

/**
 * Keys and values of growing sequences, on the device, on pages of a pool (Kwon et al. 2023,
 * "Efficient memory management for large language model serving with PagedAttention"). Rows are
 * appended where they stay; kernels read them there. Belongs to a {@link Session} and, like it, is
 * not for several threads at once.
 *
 * <p>Rows of a scaled type share a scale by 16. The last run of a sequence, as long as it is not
 * whole, is kept in float32 beside its codes, and encoded anew with each append: codes and scales
 * are those of the rows encoded at once, however they came. Only rows that {@link #truncate} leaves
 * of a whole run count as what is stored of them, once the next append encodes them again.
 *
 * <p>Every method throws {@link IllegalArgumentException} for a sequence that is not within {@link
 * CacheShape#sequences}, and {@link IllegalStateException} once the cache is closed.
 */
public interface KeyValueCache extends AutoCloseable {
  /** What there is room for. */
  CacheShape shape();

  /** Rows of a sequence; 0 of one that was never appended to. */
  int length(int sequence);

  /** Pages that no sequence has. */
  int freePages();

  /** Bytes on the device: pages, scales, open runs, and room for rows on their way. */
  long deviceBytes();

  /**
   * Appends rows to a sequence: uploads them in float32, and the device puts them into their pages
   * in the cache's type.
   *
   * @param k contiguous [kvHeads, rows, headDim]
   * @param v contiguous [kvHeads, rows, valueDim], as many rows
   * @throws CacheFullException if there are too few free pages; nothing is changed then
   * @throws IllegalArgumentException if the arrays are of other sizes, or hold what the type cannot
   *     store: what would become infinite in f16 or bf16, anything but finite numbers in int8;
   *     nothing is changed then
   * @throws BackendException.OutOfMemory if there is no room for the rows on their way; nothing is
   *     changed then
   * @throws BackendException.LaunchFailed if the device fails; the sequence keeps its length, but
   *     rows of its last run may be stored with another scale
   */
  void append(int sequence, float[] k, float[] v);

  /**
   * Keeps the first rows of a sequence, as after a draft that was not accepted. Pages behind them
   * are free if nobody shares them.
   *
   * @throws IllegalArgumentException if it has fewer rows
   */
  void truncate(int sequence, int length);

  /** Frees a sequence's pages: it is empty, and may be appended to anew. */
  default void evict(int sequence) {
    truncate(sequence, 0);
  }

  /**
   * Begins a sequence with the first rows of another one, on the same pages. Whoever is cut short
   * within such a page and goes on gets a copy of it.
   *
   * @param to has no rows
   * @param rows a multiple of the page size
   * @throws IllegalArgumentException if rows are no whole pages, if {@code from} has fewer, or if
   *     {@code to} is not empty
   */
  void sharePrefix(int from, int to, int rows);

  /**
   * Starts a spec over all rows of some sequences: one query each, at the last key, as many query
   * heads as key-value heads, float32 queries, no mask. Heads, queries, mask and the type of Q are
   * the caller's to change; where K and V lie is not, nor is Skv.
   *
   * @param sequences the batch, in any order, any of them repeatedly
   */
  AttentionSpecBuilder spec(List<Integer> sequences);

  /**
   * Puts queries beside the cache's rows: K and V stay where they are. To be staged again once rows
   * were appended that shall take part. Kernels refuse to run once rows were taken away from any
   * sequence, and, in scaled types, once rows were appended to one of these within a run of 16,
   * since that stores the run anew.
   *
   * @param sequences as given to {@link #spec}
   * @param spec built from it, of the cache's present state
   * @param q at least {@link AttentionSpec#queryElements} elements, rounded to the query type; the
   *     array itself is kept where that is float32; a finite one that would become infinite is
   *     refused
   * @return whose {@link StagedInputs#inputs} reads K and V back at each call, which is for checks
   * @throws IllegalArgumentException if the spec is not of these sequences as they are now
   * @throws BackendException.OutOfMemory if Q and O do not fit
   */
  StagedInputs stage(List<Integer> sequences, AttentionSpec spec, float[] q);

  /**
   * The values that kernels read, for checks: downloads the whole cache.
   *
   * @param spec as for {@link #stage}
   * @param q kept as it is: numbers of the spec's query type
   * @throws IllegalArgumentException if the spec is not one of this cache
   */
  AttentionInputs read(AttentionSpec spec, float[] q);

  /** Frees the memory. Kernels over it refuse to run from then on. */
  @Override
  void close();
}
