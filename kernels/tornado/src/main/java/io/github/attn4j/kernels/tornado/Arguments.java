package io.github.attn4j.kernels.tornado;

/**
 * What every kernel takes, in this order:
 *
 * <ul>
 *   <li>{@code q, k, v} tensors in float32, addressed through the layouts in {@code shape}
 *   <li>{@code o} output, float32, likewise
 *   <li>{@code lse} log-sum-exp, natural log, contiguous [batch][queryHeads][queryLength]
 *   <li>{@code visible} dense mask, a byte a pair, 0 hides; one unused byte where there is none
 *   <li>{@code bias} additive mask, float32; one unused float where there is none
 *   <li>{@code scratch} the kernel's own, float32; one unused float where it needs none
 *   <li>{@code shape} the numbers that the constants below name
 *   <li>{@code numbers} {@link #SCALE}, {@link #SOFT_CAP} and {@link #NOT_A_NUMBER}
 * </ul>
 *
 * <p>The numbers lie in arrays, not in scalar arguments, because TornadoVM bakes scalars into the
 * compiled kernel: every length would be a compilation of its own.
 */
public final class Arguments {
  /** Four numbers a tensor, from each of these on: offset, batch, head and row stride. */
  public static final int Q = 0;

  /** K's layout. */
  public static final int K = 4;

  /** V's layout. */
  public static final int V = 8;

  /** O's layout. */
  public static final int O = 12;

  /** The dense mask's layout; strides of 0 broadcast. */
  public static final int MASK = 16;

  /** Of the four: elements from one row to the next. */
  public static final int ROW_STRIDE = 3;

  /** B. */
  public static final int BATCH = 20;

  /** Hq. */
  public static final int QUERY_HEADS = 21;

  /** Hq / Hkv: query head h reads key-value head h / group. */
  public static final int GROUP = 22;

  /** Sq. */
  public static final int QUERY_LENGTH = 23;

  /** Skv, the allocated keys. */
  public static final int KV_LENGTH = 24;

  /** D. */
  public static final int HEAD_DIM = 25;

  /** Dv. */
  public static final int VALUE_DIM = 26;

  /** One of the three below. */
  public static final int MASK_KIND = 27;

  /** {@link #SEQUENCE_SIZE} numbers a batch, from here on: the three below. */
  public static final int SEQUENCES = 28;

  /** How many keys exist. */
  public static final int KEY_LENGTH = 0;

  /**
   * Query i sees keys from i + this on. The host has added up offset and window in long arithmetic
   * and bounded the sum, so that int suffices here: TornadoVM 5.2 takes a negative int that is
   * widened to long for a large positive one.
   */
  public static final int FIRST_KEY = 1;

  /** Query i sees keys before i + this. */
  public static final int KEYS_END = 2;

  /** Numbers a batch. */
  public static final int SEQUENCE_SIZE = 3;

  /** Lengths and the window alone hide pairs. */
  public static final int MASK_NONE = 0;

  /** A byte a pair. */
  public static final int MASK_BOOLEAN = 1;

  /** A float a pair, added after the soft cap; -inf hides. */
  public static final int MASK_ADDITIVE = 2;

  /** In {@code numbers}: multiplies q . k. */
  public static final int SCALE = 0;

  /** In {@code numbers}: c in c * tanh(score / c); 0 switches it off. */
  public static final int SOFT_CAP = 1;

  /** In {@code numbers}: NaN, which TornadoVM cannot write as a constant. */
  public static final int NOT_A_NUMBER = 2;

  /** Elements of {@code numbers}. */
  public static final int NUMBERS = 3;

  private Arguments() {}
}
