package io.github.attn4j.core.kernel;

/**
 * A {@link KeyValueCache} has too few free pages for rows. Nothing was changed: whoever evicts
 * enough sequences may try again.
 */
public final class CacheFullException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final int pagesNeeded;
  private final int pagesFree;

  /**
   * What was asked for, in pages.
   *
   * @param sequence whose rows they were
   * @param rows that do not fit
   */
  public CacheFullException(int sequence, int rows, int pagesNeeded, int pagesFree) {
    super(
        "%d more rows of sequence %d need %d pages, but the cache has %d free: evict a sequence, or open the cache with more pages"
            .formatted(rows, sequence, pagesNeeded, pagesFree));
    this.pagesNeeded = pagesNeeded;
    this.pagesFree = pagesFree;
  }

  /** Pages that the rows need. */
  public int pagesNeeded() {
    return pagesNeeded;
  }

  /** Pages that are free. */
  public int pagesFree() {
    return pagesFree;
  }
}
