package io.github.attn4j.opencl;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A kind of small mistake, planted wherever a kernel's text has a place for it: the operators of
 * King and Offutt, "A Fortran language system for mutation-based software testing" (1991), as far
 * as OpenCL C has them, and those of kernels (barriers, rescaling, strides, tails, lanes).
 */
enum MutationOperator {
  /** An element beside the one that is meant. */
  INDEX("index + 1 or - 1") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      int close = code.partner(i);
      if (code.is(i, "[") && close > i + 1 && i > 0 && !code.declaresArray(i)) {
        String index = code.text(i + 1, close - 1);
        edits.replace(i + 1, close - 1, "(" + index + ") + 1");
        edits.replace(i + 1, close - 1, "(" + index + ") - 1");
      }
    }
  },

  /** Nobody waits. */
  BARRIER("barrier dropped") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      if (code.is(i, "barrier") && code.is(i + 1, "(") && code.partner(i + 1) > 0) {
        edits.replace(i, code.partner(i + 1), "");
      }
    }
  },

  /** A factor left out. */
  FACTOR("factor or rescaling dropped") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      int[] ends = arguments(code, i, "fma");
      if (ends.length == 3) {
        String sum = "((%s) + (%s))";
        edits.replace(
            i,
            ends[2],
            sum.formatted(code.text(i + 2, ends[0] - 1), code.text(ends[1] + 1, ends[2] - 1)));
        edits.replace(
            i,
            ends[2],
            sum.formatted(
                code.text(ends[0] + 1, ends[1] - 1), code.text(ends[1] + 1, ends[2] - 1)));
      }
      if (code.is(i, "*") && code.isBinary(i) && code.operandEnd(i + 1) > 0) {
        edits.replace(i, code.operandEnd(i + 1), "");
      }
      if (code.is(i, "*=") && code.operandEnd(i + 1) > 0) {
        edits.replace(i + 1, code.operandEnd(i + 1), "1");
      }
    }
  },

  /** The one where the other one should be. */
  OPERANDS("operands swapped") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      if (code.is(i, "-", "/", "%", "<<", ">>") && code.isBinary(i)) {
        int first = code.operandBegin(i - 1);
        int last = code.operandEnd(i + 1);
        if (first >= 0 && last > 0 && !code.text(first, i - 1).equals(code.text(i + 1, last))) {
          edits.replace(
              first,
              last,
              code.text(i + 1, last) + " " + code.text(i) + " " + code.text(first, i - 1));
        }
      }
      if (!code.isName(i) || COMMUTING.contains(code.text(i))) {
        return;
      }
      int[] ends = arguments(code, i, code.text(i));
      for (int n = 1; n < ends.length; n++) {
        int first = n == 1 ? i + 2 : ends[n - 2] + 1;
        String left = code.text(first, ends[n - 1] - 1);
        String right = code.text(ends[n - 1] + 1, ends[n] - 1);
        if (!left.equals(right)) {
          edits.replace(first, ends[n] - 1, right + ", " + left);
        }
      }
    }
  },

  /** Off by the case of equality. */
  BOUNDARY("comparison's boundary moved") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      replaceBy(code, i, edits, Map.of("<", "<=", "<=", "<", ">", ">=", ">=", ">"));
    }
  },

  /** The other way round. */
  COMPARISON("comparison flipped") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      replaceBy(
          code,
          i,
          edits,
          Map.of("<", ">", "<=", ">=", ">", "<", ">=", "<=", "==", "!=", "!=", "=="));
    }
  },

  /** Rows, lines or steps that are one longer than they are. */
  STRIDE("stride + 1") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      if (!code.is(i, "*") || !code.isBinary(i)) {
        return;
      }
      int last = code.operandEnd(i + 1);
      if (last > 0 && DISTANCE.matcher(code.text(last)).find()) {
        edits.replace(i + 1, last, "(" + code.text(i + 1, last) + " + 1)");
      }
      int first = code.operandBegin(i - 1);
      if (first >= 0 && DISTANCE.matcher(code.text(i - 1)).find()) {
        edits.replace(first, i - 1, "(" + code.text(first, i - 1) + " + 1)");
      }
    }
  },

  /** The last turn left out, or what keeps the last one within bounds. */
  TAIL("tail skipped or its guard dropped") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      if (code.is(i, "for") && code.is(i + 1, "(")) {
        int close = code.partner(i + 1);
        int semicolon = i + 2;
        while (semicolon < close && !code.is(semicolon, ";")) {
          semicolon++;
        }
        for (int n = semicolon + 1; n < close && !code.is(n, ";"); n++) {
          if (code.is(n, "<")) {
            int last = code.operandEnd(n + 1);
            if (last > 0) {
              edits.replace(n + 1, last, code.text(n + 1, last) + " - 1");
            }
          }
        }
      }
      for (String guard : new String[] {"min", "max"}) {
        int[] ends = arguments(code, i, guard);
        if (ends.length == 2) {
          edits.replace(i, ends[1], "(" + code.text(i + 2, ends[0] - 1) + ")");
          edits.replace(i, ends[1], "(" + code.text(ends[0] + 1, ends[1] - 1) + ")");
        }
      }
    }
  },

  /** Begins with something else. */
  INITIAL_VALUE("wrong initial value") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      if (!code.is(i, "=")) {
        return;
      }
      int at = i + 1;
      while (code.is(at, "(") || code.isType(at) || code.is(at, ")")) {
        at++;
      }
      if (code.is(at, "-") && code.is(at + 1, "INFINITY")) {
        edits.replace(at, at + 1, "0.0f");
      } else if (code.isNumber(at) && code.is(at + 1, ";", ",", ")")) {
        edits.replace(at, at, other(code.text(at)));
      }
    }
  },

  /** A number other than the right one. */
  CONSTANT("constant changed") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      if (code.is(i, "INFINITY") && code.is(i - 1, "-") && !code.is(i - 2, "=")) {
        edits.replace(i - 1, i, "0.0f");
      }
      if (!code.isNumber(i) || code.is(i - 1, "=")) {
        return;
      }
      String number = code.text(i);
      if (WHOLE.matcher(number).matches()) {
        edits.replace(i, i, String.valueOf(Long.parseLong(number) + 1));
        if (!number.equals("0")) {
          edits.replace(i, i, String.valueOf(Long.parseLong(number) - 1));
        }
      } else {
        edits.replace(i, i, other(number));
      }
    }
  },

  /** Either for both, both for either. */
  LOGIC("and for or") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      replaceBy(code, i, edits, Map.of("&&", "||", "||", "&&"));
      if (code.is(i, "&", "|") && code.isBinary(i)) {
        replaceBy(code, i, edits, Map.of("&", "|", "|", "&"));
      }
    }
  },

  /** The smaller for the larger. */
  MIN_MAX("min for max") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      if (code.is(i + 1, "(")) {
        replaceBy(
            code,
            i,
            edits,
            Map.of(
                "min",
                "max",
                "max",
                "min",
                "fmin",
                "fmax",
                "fmax",
                "fmin",
                "atomic_max",
                "atomic_min"));
      }
    }
  },

  /** One sign for the other. */
  PLUS_MINUS("+ for -") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      if (code.is(i, "+", "-") && code.isBinary(i)) {
        replaceBy(code, i, edits, Map.of("+", "-", "-", "+"));
      }
      replaceBy(code, i, edits, Map.of("+=", "-=", "-=", "+="));
    }
  },

  /** Division for multiplication. */
  TIMES_DIVIDE("* for /") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      if (code.is(i, "*", "/", "%") && code.isBinary(i)) {
        replaceBy(code, i, edits, Map.of("*", "/", "/", "*", "%", "/"));
      }
    }
  },

  /** The other branch. */
  CONDITION("condition negated") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      int close = code.partner(i + 1);
      if (code.is(i, "if") && close > i + 2) {
        edits.replace(i + 2, close - 1, "!(" + code.text(i + 2, close - 1) + ")");
      }
      if (code.is(i, "true", "false")) {
        replaceBy(code, i, edits, Map.of("true", "false", "false", "true"));
      }
      if (code.is(i, "!") && code.operandEnd(i + 1) > 0) {
        edits.replace(i, i, "");
      }
    }
  },

  /** Each value of a conditional expression where the other one belongs. */
  BRANCHES("branches of ?: swapped") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      if (!code.is(i, "?")) {
        return;
      }
      int colon = endOfBranch(code, i + 1);
      int end = code.is(colon, ":") ? endOfBranch(code, colon + 1) : -1;
      if (end > colon + 1 && colon > i + 1) {
        edits.replace(
            i + 1, end - 1, code.text(colon + 1, end - 1) + " : " + code.text(i + 1, colon - 1));
      }
    }

    private static int endOfBranch(CodeTokens code, int begin) {
      int inner = 0;
      for (int n = begin; n < code.size(); n++) {
        if (code.is(n, "(", "[", "{")) {
          if (code.partner(n) < 0) {
            return -1;
          }
          n = code.partner(n);
        } else if (code.is(n, "?")) {
          inner++;
        } else if (code.is(n, ":") && inner > 0) {
          inner--;
        } else if (code.is(n, ":", ";", ",", ")", "]", "}")) {
          return n;
        }
      }
      return code.size();
    }
  },

  /** A statement left out. */
  STATEMENT("statement deleted") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      int begin = code.is(i, ";") ? code.statementBegin(i) : -1;
      if (begin >= 0 && !code.is(begin, "barrier", "return")) {
        edits.replace(begin, i - 1, "");
      }
    }
  },

  /** A neighbour's component of a vector. */
  LANE("another component of a vector") {
    @Override
    void find(CodeTokens code, int i, Edits edits) {
      if (code.is(i - 1, ".")) {
        replaceBy(
            code,
            i,
            edits,
            Map.of(
                "x", "y", "y", "x", "z", "w", "w", "z", "s0", "s1", "s1", "s2", "s2", "s3", "s3",
                "s0"));
      }
    }
  };

  private static final Set<String> COMMUTING =
      Set.of("min", "max", "fmin", "fmax", "fma", "if", "for", "while", "defined");

  private static final Pattern WHOLE = Pattern.compile("\\d+");

  /** Names of what rows, lines and steps are apart. */
  private static final Pattern DISTANCE =
      Pattern.compile(
          "(?i)stride|line|width|items|vectors|dim|block|lanes|run|piece|floats|rows|count|group$|_q$|_kv$");

  private final String description;

  MutationOperator(String description) {
    this.description = description;
  }

  String description() {
    return description;
  }

  /** Takes the mutants of one place. */
  interface Edits {
    /** Tokens from first to last, both included, become the replacement. */
    void replace(int first, int last, String replacement);
  }

  /** Finds what can go wrong at the token i. */
  abstract void find(CodeTokens code, int i, Edits edits);

  private static void replaceBy(
      CodeTokens code, int i, Edits edits, Map<String, String> replacements) {
    String replacement = replacements.get(code.text(i));
    if (replacement != null) {
      edits.replace(i, i, replacement);
    }
  }

  /** The ends of the arguments of a call of this function at i; empty where there is none. */
  private static int[] arguments(CodeTokens code, int i, String function) {
    return code.is(i, function) && code.is(i + 1, "(") && code.partner(i + 1) > i + 2
        ? code.argumentEnds(i + 1)
        : new int[0];
  }

  private static String other(String number) {
    if (WHOLE.matcher(number).matches()) {
      return number.equals("0") ? "1" : "0";
    }
    boolean zero = number.matches("[0.]+f?");
    return zero ? "1.0f" : "(2 * " + number + ")";
  }
}
