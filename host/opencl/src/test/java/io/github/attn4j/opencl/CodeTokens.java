package io.github.attn4j.opencl;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tokens of OpenCL C in a row, and as much of their grammar as one can tell without declarations:
 * what an operand is, a cast, a declaration, a statement. Where it is wrong a mutant does not build
 * and does not count.
 */
final class CodeTokens {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_]\\w*");
  private static final Pattern NUMBER = Pattern.compile("\\.?\\d.*");
  private static final Pattern TYPE =
      Pattern.compile(
          "(u?(char|short|int|long)|float|half|double|bool|void|size_t|unsigned|signed|\\w+_element)\\d*");
  private static final Set<String> KEYWORDS =
      Set.of("return", "if", "else", "for", "while", "do", "break", "continue", "case", "goto");
  private static final Set<String> QUALIFIERS =
      Set.of(
          "const",
          "restrict",
          "static",
          "inline",
          "typedef",
          "struct",
          "volatile",
          "__kernel",
          "__global",
          "__local",
          "__private",
          "__constant",
          "__attribute__");

  private final String program;
  private final List<Token> tokens;
  private final Set<String> types;
  private final int[] partner;

  /**
   * One token.
   *
   * @param begin where it is in the program
   * @param end where it ends
   */
  record Token(int begin, int end, String text) {}

  /**
   * @param types names that the program itself defines
   */
  CodeTokens(String program, List<Token> tokens, Set<String> types) {
    this.program = program;
    this.tokens = List.copyOf(tokens);
    this.types = Set.copyOf(types);
    partner = new int[tokens.size()];
    Arrays.fill(partner, -1);
    Deque<Integer> open = new ArrayDeque<>();
    for (int i = 0; i < partner.length; i++) {
      if (is(i, "(", "[", "{")) {
        open.push(i);
      } else if (is(i, ")", "]", "}") && !open.isEmpty()) {
        partner[i] = open.pop();
        partner[partner[i]] = i;
      }
    }
  }

  int size() {
    return tokens.size();
  }

  Token at(int i) {
    return tokens.get(i);
  }

  /** A token's text; empty beside the ends. */
  String text(int i) {
    return i < 0 || i >= tokens.size() ? "" : tokens.get(i).text();
  }

  boolean is(int i, String... texts) {
    return Arrays.asList(texts).contains(text(i));
  }

  /** The program's text from one token to another one, both included. */
  String text(int first, int last) {
    return program.substring(tokens.get(first).begin(), tokens.get(last).end());
  }

  /** The bracket that belongs to this one; -1 where it is none. */
  int partner(int i) {
    return i < 0 || i >= partner.length ? -1 : partner[i];
  }

  boolean isName(int i) {
    return NAME.matcher(text(i)).matches() && !KEYWORDS.contains(text(i));
  }

  boolean isNumber(int i) {
    return NUMBER.matcher(text(i)).matches();
  }

  boolean isType(int i) {
    return TYPE.matcher(text(i)).matches() || types.contains(text(i));
  }

  private boolean isTypeWord(int i) {
    return isType(i) || QUALIFIERS.contains(text(i));
  }

  /** Whether brackets from `open` on name a type. */
  boolean isCast(int open) {
    int close = partner(open);
    if (!is(open, "(") || close < open + 2 || !isTypeWord(open + 1)) {
      return false;
    }
    for (int i = open + 1; i < close; i++) {
      if (!isTypeWord(i) && !is(i, "*")) {
        return false;
      }
    }
    return true;
  }

  /** Whether an operator at i has an operand on its left. */
  boolean isBinary(int i) {
    int left = i - 1;
    if (is(left, ")")) {
      return partner(left) >= 0 && !isCast(partner(left));
    }
    if (is(left, "]")) {
      return true;
    }
    return (isName(left) && !isTypeWord(left)) || isNumber(left);
  }

  /** The first token of the operand that ends at `last`; -1 where none does. */
  int operandBegin(int last) {
    if (is(last, "]")) {
      return partner(last) < 0 ? -1 : operandBegin(partner(last) - 1);
    }
    int begin = last;
    if (is(last, ")")) {
      begin = partner(last);
      if (begin < 0 || isCast(begin)) {
        return -1;
      }
      if (is(begin - 1, ")") && partner(begin - 1) >= 0 && isCast(partner(begin - 1))) {
        return partner(begin - 1);
      }
      if (!isName(begin - 1) || isTypeWord(begin - 1)) {
        return begin;
      }
      begin--;
    } else if (!isName(last) && !isNumber(last)) {
      return -1;
    }
    return is(begin - 1, ".", "->") ? operandBegin(begin - 2) : begin;
  }

  /** The last token of the operand that begins at `first`; -1 where none does. */
  int operandEnd(int first) {
    int last = first;
    if (is(first, "(")) {
      last = partner(first);
      if (last < 0) {
        return -1;
      }
      if (isCast(first)) {
        return operandEnd(last + 1);
      }
    } else if (!isNumber(first) && (!isName(first) || isTypeWord(first))) {
      return -1;
    } else if (is(first + 1, "(")) {
      last = partner(first + 1);
    }
    while (last >= 0) {
      if (is(last + 1, "[")) {
        last = partner(last + 1);
      } else if (is(last + 1, ".", "->")) {
        last += 2;
      } else {
        return last;
      }
    }
    return -1;
  }

  /** Where the arguments of a call end: the places of its commas, and of its last bracket. */
  int[] argumentEnds(int open) {
    int close = partner(open);
    int[] ends = new int[Math.max(0, close - open)];
    int count = 0;
    for (int i = open + 1; i <= close; i++) {
      if (i == close || is(i, ",")) {
        ends[count++] = i;
      } else if (is(i, "(", "[", "{")) {
        if (partner(i) < 0) {
          return new int[0];
        }
        i = partner(i);
      }
    }
    return Arrays.copyOf(ends, count);
  }

  /**
   * The first token of the statement that a semicolon ends; -1 where it is a declaration, or part
   * of a loop's head.
   */
  int statementBegin(int semicolon) {
    int i = semicolon - 1;
    while (i >= 0 && !is(i, ";", "{", "}", "(", "else", "do")) {
      if (is(i, ")", "]")) {
        int open = partner(i);
        if (open < 0) {
          return -1;
        }
        if (is(open - 1, "if", "for", "while")) {
          break;
        }
        i = open;
      }
      i--;
    }
    int begin = i + 1;
    boolean declares = isTypeWord(begin) || (isName(begin) && isName(begin + 1));
    return is(i, "(") || begin >= semicolon || declares ? -1 : begin;
  }

  /** Whether brackets at i declare an array, and do not read one. */
  boolean declaresArray(int open) {
    int name = open - 1;
    while (is(name, "]") && partner(name) >= 0) {
      name = partner(name) - 1;
    }
    if (!isName(name)) {
      return false;
    }
    int before = name - 1;
    return isTypeWord(before)
        || isName(before)
        || (is(before, "*") && isTypeWord(before - 1))
        || (is(before, ",") && declaresList(before));
  }

  /** Whether a comma stands between names that one type declares. */
  private boolean declaresList(int comma) {
    int i = comma - 1;
    while (i >= 0 && !is(i, ";", "{", "}", "(")) {
      i = is(i, ")", "]") && partner(i) >= 0 ? partner(i) - 1 : i - 1;
    }
    return is(i, ";", "{", "}") && isTypeWord(i + 1);
  }
}
