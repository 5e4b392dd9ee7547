package io.github.attn4j.core.expression;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

/**
 * Functions that emitted expressions call, in OpenCL C 1.2: the twins of {@link Arithmetic}. Signed
 * overflow is undefined in C, so ints are added and multiplied as unsigned ones. Static, since an
 * inline function alone has no definition to call where a compiler chooses not to inline it.
 */
enum OpenClHelpers {
  ADD("static inline int attn_expr_add(int x, int y) { return as_int(as_uint(x) + as_uint(y)); }"),
  SUBTRACT(
      "static inline int attn_expr_subtract(int x, int y) { return as_int(as_uint(x) - as_uint(y)); }"),
  MULTIPLY(
      "static inline int attn_expr_multiply(int x, int y) { return as_int(as_uint(x) * as_uint(y)); }"),
  NEGATE("static inline int attn_expr_negate(int x) { return as_int(0u - as_uint(x)); }"),
  /** A divisor of -1 apart: the least int over -1 traps on some processors. */
  FLOOR_DIVIDE(
      """
      static inline int attn_expr_floor_divide(int x, int y) {
        if (y == 0) return 0;
        if (y == -1) return as_int(0u - as_uint(x));
        const int quotient = x / y;
        return quotient - ((x % y != 0 && (x < 0) != (y < 0)) ? 1 : 0);
      }\
      """),
  FLOOR_MODULO(
      """
      static inline int attn_expr_floor_modulo(int x, int y) {
        if (y == 0 || y == -1) return 0;
        const int remainder = x % y;
        return (remainder != 0 && (remainder < 0) != (y < 0)) ? remainder + y : remainder;
      }\
      """),
  /** By a divisor that is positive in the text: no branch. */
  FLOOR_DIVIDE_POSITIVE(
      """
      static inline int attn_expr_floor_divide_positive(int x, int y) {
        return x / y - (x % y < 0 ? 1 : 0);
      }\
      """),
  FLOOR_MODULO_POSITIVE(
      """
      static inline int attn_expr_floor_modulo_positive(int x, int y) {
        const int remainder = x % y;
        return remainder < 0 ? remainder + y : remainder;
      }\
      """),
  /** Not fmin: it drops a NaN, and the host's twin keeps or drops by the comparison alone. */
  MIN("static inline float attn_expr_min(float x, float y) { return y < x ? y : x; }"),
  MAX("static inline float attn_expr_max(float x, float y) { return x < y ? y : x; }"),
  CLAMP(
      "static inline float attn_expr_clamp(float x, float low, float high) {\n"
          + "  return attn_expr_min(attn_expr_max(x, low), high);\n}"),
  /** Not clamp: undefined where low is above high. */
  CLAMP_INT(
      "static inline int attn_expr_clamp_int(int x, int low, int high) { return min(max(x, low), high); }"),
  NEAREST(
      "static inline int attn_expr_nearest(int index, int size) { return min(max(index, 0), size - 1); }"),
  MIX(
      """
      static inline uint attn_expr_mix(uint state, int word) {
        const uint mixed = rotate(as_uint(word) * 0xcc9e2d51u, 15u) * 0x1b873593u;
        return rotate(state ^ mixed, 13u) * 5u + 0xe6546b64u;
      }\
      """),
  FINISH(
      """
      static inline int attn_expr_finish(uint hash) {
        hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35u;
        return as_int((hash ^ (hash >> 16)) & 0x7fffffffu);
      }\
      """),
  HASH_1(
      "static inline int attn_expr_hash_1(int a) { return attn_expr_finish(attn_expr_mix(0u, a) ^ 4u); }"),
  HASH_2(
      """
      static inline int attn_expr_hash_2(int a, int b) {
        return attn_expr_finish(attn_expr_mix(attn_expr_mix(0u, a), b) ^ 8u);
      }\
      """),
  HASH_3(
      """
      static inline int attn_expr_hash_3(int a, int b, int c) {
        return attn_expr_finish(attn_expr_mix(attn_expr_mix(attn_expr_mix(0u, a), b), c) ^ 12u);
      }\
      """),
  HASH_4(
      """
      static inline int attn_expr_hash_4(int a, int b, int c, int d) {
        return attn_expr_finish(
            attn_expr_mix(attn_expr_mix(attn_expr_mix(attn_expr_mix(0u, a), b), c), d) ^ 16u);
      }\
      """);

  private final String source;

  OpenClHelpers(String source) {
    this.source = source;
  }

  private Set<OpenClHelpers> needs() {
    return switch (this) {
      case CLAMP -> EnumSet.of(MIN, MAX);
      case HASH_1, HASH_2, HASH_3, HASH_4 -> EnumSet.of(MIX, FINISH);
      default -> Set.of();
    };
  }

  /** The hash of so many ints. */
  static OpenClHelpers hash(int arguments) {
    return switch (arguments) {
      case 1 -> HASH_1;
      case 2 -> HASH_2;
      case 3 -> HASH_3;
      default -> HASH_4;
    };
  }

  /** The functions used and those that they use, in an order in which each is known when used. */
  static String sources(Collection<OpenClHelpers> used) {
    EnumSet<OpenClHelpers> all = EnumSet.noneOf(OpenClHelpers.class);
    for (OpenClHelpers helper : used) {
      all.add(helper);
      all.addAll(helper.needs());
    }
    StringBuilder text = new StringBuilder();
    for (OpenClHelpers helper : all) {
      text.append(helper.source).append('\n');
    }
    return text.toString();
  }
}
