package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.CacheFullException;
import io.github.attn4j.core.kernel.CacheShape;
import io.github.attn4j.core.kernel.KeyValueCache;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.spec.RowPlacement;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A cache holds the rows that it was given, wherever they lie, and kernels read them there. */
class KeyValueCacheTest {
  private static final int KV_HEADS = 2;
  private static final int DIM = 16;
  private static final OpenClKernel KERNEL = OpenClKernel.FLASH_SPLIT_KV;

  private final OpenClSession session = TestDevices.openPreferred();

  @AfterEach
  void nothingIsLeft() {
    session.close();
    assertThat(session.allocatedBytes()).isZero();
  }

  private static CacheShape shape(ElementType type, int pages) {
    return new CacheShape(KV_HEADS, DIM, DIM, type, 16, pages, 4);
  }

  /** Few pages for four sequences, so that they change hands. */
  @ParameterizedTest
  @CsvSource({"F32, 1000", "I8, 200"})
  void attentionOverAnyHistoryIsThatOverContiguousRows(ElementType type, int histories) {
    int copies = 0;
    int full = 0;
    for (int seed = 0; seed < histories; seed++) {
      try (CacheHistory history = new CacheHistory(session, shape(type, 8), seed)) {
        history.play(10);
        history.requireSameRows();
        copies += history.copies();
        full += history.full();
        requireContiguousAttention(history, new Random(seed));
      }
    }
    assertThat(copies)
        .as("appends behind a page that somebody else has, too")
        .isGreaterThan(histories / 40);
    assertThat(full).as("appends that did not fit").isGreaterThan(histories / 10);
  }

  private void requireContiguousAttention(CacheHistory history, Random random) {
    List<Integer> sequences =
        random.ints(1 + random.nextInt(4), 0, history.cache().shape().sequences()).boxed().toList();
    AttentionSpec spec =
        history
            .cache()
            .spec(sequences)
            .heads(2 * KV_HEADS, KV_HEADS)
            .queryLengths(sequences.stream().map(any -> 1 + random.nextInt(2)).toList())
            .bottomRight()
            .mask(Mask.causal())
            .deterministic(true)
            .build();
    float[] q = CacheHistory.normal(random, spec.queryElements());
    AttentionSpec padded = spec.toBuilder().keyPlacement(RowPlacement.padded()).build();
    AttentionInputs contiguous;
    AttentionOutput paged;
    try (StagedInputs staged = history.cache().stage(sequences, spec, q);
        PreparedKernel prepared = session.prepare(KERNEL, staged)) {
      prepared.run();
      paged = prepared.read();
      contiguous = staged.inputs().rearranged(padded);
    }
    AttentionOutput output = DrawnSequences.run(session, KERNEL, contiguous);
    assertThat(paged.o()).isEqualTo(output.o());
    assertThat(paged.lse()).isEqualTo(output.lse());
    assertThat(Expected.of(contiguous).compare(paged).passed())
        .as("history %d of %s", history.seed(), sequences)
        .isTrue();
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void everyTypeIsStoredAsTheHostStoresIt(ElementType type) {
    for (int seed = 0; seed < 20; seed++) {
      CacheShape shape = new CacheShape(3, 20, 12, type, 32, 9, 3);
      try (CacheHistory history = new CacheHistory(session, shape, seed)) {
        history.play(12);
        history.requireSameRows();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"I8", "F8E4M3"})
  void codesDoNotDependOnHowRowsCame(ElementType type) {
    Random random = new Random(5);
    float[] k = CacheHistory.growing(random, KV_HEADS, 40, DIM);
    float[] v = CacheHistory.growing(random, KV_HEADS, 40, DIM);
    try (KeyValueCache cache = session.openCache(shape(type, 8))) {
      cache.append(0, k, v);
      for (int row = 0; row < 40; row++) {
        cache.append(
            1,
            CacheHistory.rows(k, KV_HEADS, row, row + 1, DIM),
            CacheHistory.rows(v, KV_HEADS, row, row + 1, DIM));
      }
      AttentionSpec spec = cache.spec(List.of(0, 1)).build();
      AttentionInputs inputs = cache.read(spec, new float[spec.queryElements()]);
      for (int row = 0; row < 40; row++) {
        for (int head = 0; head < KV_HEADS; head++) {
          int at = spec.keyRow(0, head, row);
          int other = spec.keyRow(1, head, row);
          for (int d = 0; d < DIM; d++) {
            assertThat(inputs.k()[other + d]).isEqualTo(inputs.k()[at + d]);
            assertThat(inputs.v()[other + d]).isEqualTo(inputs.v()[at + d]);
          }
        }
      }
    }
  }

  @Test
  void numbersThatATypeHasNoPlaceForAreRefusedOrBecomeNaN() {
    float[] rows = new float[KV_HEADS * 2 * DIM];
    rows[KV_HEADS * DIM + DIM + 3] = Float.POSITIVE_INFINITY; // head 1, row 1
    try (KeyValueCache integers = session.openCache(shape(ElementType.I8, 2));
        KeyValueCache floats = session.openCache(shape(ElementType.F8E4M3, 2))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> integers.append(0, new float[rows.length], rows))
          .withMessageContaining("V in head 1, row 1, column 3 = Infinity")
          .withMessageContaining("f8e4m3");
      assertThat(integers.length(0)).isZero();
      floats.append(0, rows, rows);
      AttentionSpec spec = floats.spec(List.of(0)).build();
      AttentionInputs inputs = floats.read(spec, new float[spec.queryElements()]);
      assertThat(inputs.k()[spec.keyRow(0, 1, 1) + 3]).isNaN();
      assertThat(inputs.k()[spec.keyRow(0, 1, 1) + 2]).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"F16, 1e5, bf16 or f32", "BF16, 3.4e38, take f32"})
  void finiteNumbersAreNotStoredAsInfinity(ElementType type, float large, String wayOut) {
    float[] rows = new float[KV_HEADS * 2 * DIM];
    rows[KV_HEADS * DIM + DIM + 3] = large; // head 1, row 1
    float[] infinite = new float[rows.length];
    infinite[3] = Float.POSITIVE_INFINITY; // which the type has
    try (KeyValueCache cache = session.openCache(shape(type, 2))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cache.append(0, rows, new float[rows.length]))
          .withMessageContaining("K in head 1, row 1, column 3 = " + large)
          .withMessageContaining(wayOut);
      assertThat(cache.length(0)).isZero();
      cache.append(0, infinite, infinite);
      AttentionSpec spec = cache.spec(List.of(0)).queryType(type).build();
      float[] q = new float[spec.queryElements()];
      q[5] = -large;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cache.stage(List.of(0), spec, q))
          .withMessageContaining("Q[5] = " + -large);
    }
  }

  /** They would read the codes that there were by a scale that there was not. */
  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"I8", "F8E4M3"})
  void kernelsRefuseRowsThatWereStoredAnew(ElementType type) {
    try (KeyValueCache cache = session.openCache(shape(type, 8))) {
      append(cache, 0, 16);
      append(cache, 1, 3);
      try (StagedInputs whole = stage(cache, 0);
          PreparedKernel overWhole = session.prepare(KERNEL, whole)) {
        append(cache, 1, 1); // another sequence's run
        append(cache, 0, 3); // a run of its own
        try (StagedInputs open = stage(cache, 0);
            PreparedKernel overOpen = session.prepare(KERNEL, open)) {
          assertThat(overOpen.run()).isPositive();
          append(cache, 0, 1);
          assertThatIllegalStateException()
              .isThrownBy(overOpen::run)
              .withMessageContaining("share a scale")
              .withMessageContaining("stage anew");
        }
        assertThat(overWhole.run()).isPositive();
      }
    }
  }

  private static StagedInputs stage(KeyValueCache cache, int sequence) {
    AttentionSpec spec = cache.spec(List.of(sequence)).build();
    return cache.stage(List.of(sequence), spec, new float[spec.queryElements()]);
  }

  @Test
  void aFullCacheNamesPagesAndChangesNothing() {
    try (KeyValueCache cache = session.openCache(shape(ElementType.F32, 3))) {
      append(cache, 0, 20);
      assertThat(cache.freePages()).isEqualTo(1);
      assertThatExceptionOfType(CacheFullException.class)
          .isThrownBy(() -> append(cache, 1, 17))
          .withMessageContaining("17 more rows of sequence 1 need 2 pages")
          .withMessageContaining("1 free")
          .satisfies(e -> assertThat(e.pagesNeeded()).isEqualTo(2))
          .satisfies(e -> assertThat(e.pagesFree()).isEqualTo(1));
      assertThat(cache.length(1)).isZero();
      append(cache, 0, 12);
      append(cache, 1, 16);
      assertThat(cache.freePages()).isZero();
      append(cache, 1, 0);
      cache.evict(0);
      assertThat(cache.freePages()).isEqualTo(2);
      append(cache, 1, 17);
      assertThat(cache.length(1)).isEqualTo(33);
    }
  }

  @Test
  void aSharedPageIsFreeOnceNobodyHasIt() {
    try (KeyValueCache cache = session.openCache(shape(ElementType.F32, 4))) {
      append(cache, 0, 40);
      cache.sharePrefix(0, 2, 32);
      assertThat(cache.freePages()).isEqualTo(1);
      cache.evict(0);
      assertThat(cache.freePages()).isEqualTo(2);
      assertThat(cache.length(2)).isEqualTo(32);
      cache.evict(2);
      assertThat(cache.freePages()).isEqualTo(4);
      append(cache, 0, 40);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cache.sharePrefix(0, 1, 20))
          .withMessageContaining("20 rows are no whole pages of 16: share 16");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cache.sharePrefix(0, 1, 48))
          .withMessageContaining("40 rows, not the 48");
      append(cache, 1, 1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cache.sharePrefix(0, 1, 16))
          .withMessageContaining("already has 1 rows");
    }
  }

  @Test
  void wrongSizesAreRefusedByName() {
    try (KeyValueCache cache = session.openCache(shape(ElementType.F32, 2))) {
      float[] two = new float[2 * KV_HEADS * DIM];
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cache.append(0, new float[33], two))
          .withMessageContaining("33 elements of keys")
          .withMessageContaining("2 heads and 16 columns");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cache.append(0, two, new float[KV_HEADS * DIM]))
          .withMessageContaining("2 keys come with 1 values");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cache.append(4, two, two))
          .withMessageContaining("sequence 4 is not within 0..3");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cache.truncate(0, 1))
          .withMessageContaining("0 rows and cannot be cut to 1");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cache.spec(List.of()))
          .withMessageContaining("no sequence");
      cache.append(0, two, two);
      AttentionSpec spec = cache.spec(List.of(0)).build();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cache.stage(List.of(0), spec, new float[3]).close())
          .withMessageContaining("Q has 3 elements");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> cache.stage(List.of(0), spec.toBuilder().bshd().build(), new float[99]).close())
          .withMessageContaining("does not address a cache");
      cache.append(0, two, two);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cache.stage(List.of(0), spec, new float[spec.queryElements()]).close())
          .withMessageContaining("key lengths [2]")
          .withMessageContaining("of lengths [4]");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CacheShape(8, 128, 128, ElementType.F16, 256, 10_000, 1))
        .withMessageContaining("10000 pages");
    assertThatIllegalArgumentException() // 2^66 elements, 0 of 64 bits
        .isThrownBy(() -> new CacheShape(1 << 30, 1 << 28, 1, ElementType.F32, 256, 1, 1))
        .withMessageContaining("268435456 columns");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CacheShape(8, 128, 128, ElementType.F16, 24, 10, 1))
        .withMessageContaining("page size 24");
  }

  @Test
  void kernelsRefuseRowsThatAreGone() {
    KeyValueCache cache = session.openCache(shape(ElementType.F32, 4));
    append(cache, 0, 20);
    AttentionSpec spec = cache.spec(List.of(0)).build();
    StagedInputs staged = cache.stage(List.of(0), spec, new float[spec.queryElements()]);
    PreparedKernel prepared = session.prepare(KERNEL, staged);
    append(cache, 0, 20);
    assertThat(prepared.run()).isPositive(); // over the rows that there were
    cache.truncate(0, 19);
    assertThatIllegalStateException().isThrownBy(prepared::run).withMessageContaining("stage anew");
    cache.close();
    cache.close(); // a second time changes nothing
    assertThatIllegalStateException().isThrownBy(prepared::run).withMessageContaining("closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> append(cache, 0, 1))
        .withMessageContaining("4 pages of 16 rows")
        .withMessageContaining("closed");
    assertThatIllegalStateException().isThrownBy(() -> cache.evict(0));
    assertThatIllegalStateException().isThrownBy(() -> cache.spec(List.of(0)));
    assertThatIllegalStateException().isThrownBy(cache::freePages);
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"F16", "I8"})
  void twoCachesOfASessionCountTheirOwnMemory(ElementType type) {
    long before = session.allocatedBytes();
    KeyValueCache first = session.openCache(shape(type, 4));
    try (KeyValueCache second = session.openCache(shape(ElementType.F32, 40))) {
      append(first, 0, 20);
      append(second, 0, 600);
      assertThat(first.length(0)).isEqualTo(20);
      assertThat(second.length(0)).isEqualTo(600);
      assertThat(session.allocatedBytes())
          .isEqualTo(before + first.deviceBytes() + second.deviceBytes());
      AttentionSpec spec = second.spec(List.of(0)).build();
      long caches = session.allocatedBytes();
      try (StagedInputs staged = second.stage(List.of(0), spec, new float[spec.queryElements()])) {
        assertThat(session.allocatedBytes() - caches)
            .as("Q, O, LSE, lengths and the table; no K and V")
            .isLessThan(1000);
        assertThat(staged.deviceBytes()).isLessThan(1000);
        assertThatIllegalArgumentException()
            .isThrownBy(() -> first.stage(List.of(0), spec, new float[99]).close())
            .withMessageContaining("does not address a cache of 4 pages");
      }
      first.close();
      assertThat(session.allocatedBytes()).isEqualTo(before + second.deviceBytes());
      assertThat(second.length(0)).isEqualTo(600);
    }
    assertThat(session.allocatedBytes()).isEqualTo(before);
  }

  @Test
  void aCacheThatDoesNotFitIsRefusedBeforeAnythingIsAllocated() {
    // Open runs of as many sequences: more bytes than any device has.
    CacheShape large = new CacheShape(1, 256, 256, ElementType.I8, 16, 1, 2_000_000_000);
    assertThatExceptionOfType(BackendException.OutOfMemory.class)
        .isThrownBy(() -> session.openCache(large))
        .withMessageContaining("a cache of 1 pages");
    assertThat(session.allocatedBytes()).isZero();
  }

  /** Rows of an open run, of a run cut short, another run's scale, another page. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kept ? before[element]|1 ? before[element]",
        "kept ? before[element]|0 ? before[element]",
        "float old_scale = *scale_place|float old_scale = 1.0f",
        "(row >> page_shift) - (first >> page_shift)|0"
      })
  void aMistakeIsNoticed(String text, String replacement) {
    try (OpenClSession planted =
        TestDevices.openPreferred(PlantedSource.replacing(text, replacement))) {
      assertThatExceptionOfType(AssertionError.class)
          .isThrownBy(() -> {
            for (int seed = 0; seed < 50; seed++) {
              try (CacheHistory history =
                  new CacheHistory(planted, shape(ElementType.I8, 8), seed)) {
                history.play(10);
                history.requireSameRows();
              }
            }
          })
          .withMessageContaining("history");
    }
  }

  private static void append(KeyValueCache cache, int sequence, int rows) {
    float[] ones = new float[KV_HEADS * rows * DIM];
    Arrays.fill(ones, 1);
    cache.append(sequence, ones, ones);
  }
}
