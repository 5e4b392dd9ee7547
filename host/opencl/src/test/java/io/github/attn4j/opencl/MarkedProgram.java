package io.github.attn4j.opencl;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A program whose every branch leaves a mark in memory when it is taken: which of them a grid
 * reaches is then measured, not claimed. Branches are functions, parts of functions between
 * preprocessor conditions, and both sides of every condition of {@code if}, {@code for}, {@code
 * while} and {@code ? :}, of vectors too. What {@code &&} and {@code ||} skip is not told apart,
 * and conditions of {@code ? :} between macros alone are none: they often size arrays.
 */
final class MarkedProgram {
  /** A branch: {@code what} names it without its line, so that it survives edits elsewhere. */
  record Branch(int mark, String file, int line, String what) {
    String name() {
      return file + ": " + what;
    }

    @Override
    public String toString() {
      return "%s:%d %s".formatted(file, line, what);
    }
  }

  private record Insertion(int at, int extent, String text) {}

  /** A function or a macro: its name, its tokens, and whether it is a kernel. */
  private record Owner(String name, int first, int end, boolean kernel) {}

  private static final Pattern CONSTANTS = Pattern.compile("[A-Z0-9_ ()<>=!&|+*/%.-]*");
  private static final Pattern CONTRACTION =
      Pattern.compile("\\s*#pragma[^\n]*FP_CONTRACT[^\n]*\n");
  private static final Set<String> STATEMENTS = Set.of("if", "for", "while", "switch", "return");
  private static final Set<String> BEFORE_A_VALUE =
      Set.of(
          "(", "[", "{", "}", ",", ";", "?", ":", "return", "=", "+=", "-=", "*=", "/=", "%=", "|=",
          "&=", "^=", "<<=", ">>=");

  private final List<ProgramTokens.Token> tokens;
  private final String source;
  private final List<Insertion> insertions = new ArrayList<>();
  private final List<Owner> owners = new ArrayList<>();
  private final Map<Integer, Branch> byMark = new HashMap<>();
  private final Map<Branch, Integer> tokenOf = new HashMap<>();
  private final String text;

  /**
   * @param source with all headers in it
   * @param address of a byte for each mark, which the device can write to
   */
  MarkedProgram(String source, long address) {
    this.source = source;
    tokens = ProgramTokens.of(source);
    findOwners();
    for (int i = 0; i < tokens.size(); i++) {
      switch (tokens.get(i).text()) {
        case "if", "while" -> condition(i, i + 2, closing(i + 1));
        case "for" -> loop(i);
        case "?" -> choice(i);
        default -> {}
      }
      if (tokens.get(i).kind() == ProgramTokens.Kind.CONDITION) {
        part(i);
      }
    }
    text = helpers(address) + inserted();
  }

  /** To compile instead of the source. */
  String text() {
    return text;
  }

  /** What kernels of this program can come to, by the names that they call. */
  List<Branch> branches() {
    Set<Owner> reachable = reachable();
    return byMark.values().stream()
        .filter(branch -> {
          List<Owner> around = ownersOf(Objects.requireNonNull(tokenOf.get(branch)));
          return around.isEmpty() || around.stream().anyMatch(reachable::contains);
        })
        .sorted(Comparator.comparingInt(Branch::mark))
        .toList();
  }

  /** Bytes of marks. */
  int marks() {
    return byMark.size();
  }

  private void findOwners() {
    Deque<Integer> braces = new ArrayDeque<>();
    int macro = -1;
    for (int i = 0; i < tokens.size(); i++) {
      ProgramTokens.Token token = tokens.get(i);
      if (token.kind() == ProgramTokens.Kind.MACRO) {
        macro = i;
      } else if (token.kind() == ProgramTokens.Kind.MACRO_END) {
        owners.add(new Owner(tokens.get(macro).text(), macro, i, false));
      } else if (token.text().equals("{")) {
        int name = nameBefore(i);
        if (name >= 0 && (braces.isEmpty() || macroStart(i) >= 0)) {
          int end = closing(i);
          boolean kernel = isKernel(name);
          owners.add(new Owner(tokens.get(name).text(), i, end, kernel));
          mark(
              i,
              behindPragma(tokens.get(i).end()),
              "%s is entered".formatted(tokens.get(name).text()),
              " ");
        }
        braces.push(i);
      } else if (token.text().equals("}") && !braces.isEmpty()) {
        braces.pop();
      }
    }
  }

  /** This one has to come first in a block. */
  private int behindPragma(int at) {
    Matcher pragma = CONTRACTION.matcher(source).region(at, source.length());
    return pragma.lookingAt() ? pragma.end() : at;
  }

  /** The function's name where a brace opens its body, else -1. */
  private int nameBefore(int brace) {
    if (brace == 0 || !tokens.get(brace - 1).text().equals(")")) {
      return -1;
    }
    int open = opening(brace - 1);
    int name = open - 1;
    return name >= 1
            && tokens.get(name).kind() == ProgramTokens.Kind.WORD
            && (tokens.get(name - 1).kind() == ProgramTokens.Kind.WORD
                || tokens.get(name - 1).text().equals("*"))
            && !STATEMENTS.contains(tokens.get(name).text())
            && !tokens.get(name - 1).text().equals("else")
        ? name
        : -1;
  }

  private boolean isKernel(int name) {
    for (int i = name; i >= 0 && !Set.of(";", "}").contains(tokens.get(i).text()); i--) {
      if (tokens.get(i).text().equals("__kernel")) {
        return true;
      }
      if (tokens.get(i).kind() != ProgramTokens.Kind.WORD
          && tokens.get(i).kind() != ProgramTokens.Kind.SIGN) {
        return false;
      }
    }
    return false;
  }

  /** Start of the macro that a token is in, or -1. */
  private int macroStart(int token) {
    for (int i = token; i >= 0; i--) {
      if (tokens.get(i).kind() == ProgramTokens.Kind.MACRO_END) {
        return -1;
      }
      if (tokens.get(i).kind() == ProgramTokens.Kind.MACRO) {
        return i;
      }
    }
    return -1;
  }

  private void loop(int keyword) {
    int end = closing(keyword + 1);
    int first = -1;
    for (int i = keyword + 2; i < end; i++) {
      String sign = tokens.get(i).text();
      if (sign.equals("(") || sign.equals("[") || sign.equals("{")) {
        i = closing(i);
      } else if (sign.equals(";")) {
        if (first >= 0) {
          condition(keyword, first, i);
          return;
        }
        first = i + 1;
      }
    }
  }

  private void choice(int questionMark) {
    int first = questionMark;
    while (first > 0) {
      ProgramTokens.Token before = tokens.get(first - 1);
      if (before.text().equals(")") || before.text().equals("]")) {
        first = opening(first - 1);
      } else if (BEFORE_A_VALUE.contains(before.text())
          || (before.kind() != ProgramTokens.Kind.WORD
              && before.kind() != ProgramTokens.Kind.SIGN)) {
        break;
      } else {
        first--;
      }
    }
    if (!CONSTANTS.matcher(textOf(first, questionMark)).matches()) {
      condition(questionMark, first, questionMark);
    }
  }

  /** Tokens first to end, without it. */
  private void condition(int keyword, int first, int end) {
    if (first >= end) {
      return; // of a loop without one
    }
    ProgramTokens.Token at = tokens.get(keyword);
    String word = at.text().equals("?") ? "" : at.text() + " ";
    String asked = word + "(" + textOf(first, end) + ")";
    int mark = byMark.size();
    add(keyword, asked + " is false");
    add(keyword, asked + " is true");
    int from = tokens.get(first).start();
    int to = tokens.get(end - 1).end();
    insertions.add(new Insertion(from, to - from, "attn_taken(" + mark + ", ("));
    insertions.add(new Insertion(to, 0, "))"));
  }

  /** Of a function, behind a preprocessor's condition; not where that cuts a statement. */
  private void part(int directive) {
    if (ownersOf(directive).stream()
        .allMatch(o -> tokens.get(o.first()).kind() != ProgramTokens.Kind.SIGN)) {
      return; // outside of functions
    }
    int before = directive - 1;
    while (tokens.get(before).kind() == ProgramTokens.Kind.CONDITION) {
      before--;
    }
    int after = directive + 1;
    String next = tokens.get(after).text();
    boolean ends = tokens.get(directive).text().startsWith("#endif");
    if (Set.of(";", "{", "}").contains(tokens.get(before).text())
        && tokens.get(after).kind() != ProgramTokens.Kind.CONDITION
        && !next.equals("else")
        && !(ends && next.equals("}"))) {
      // A line of its own: a pragma may follow.
      mark(directive, tokens.get(directive).end(), conditionOf(directive) + " is compiled", "\n");
    }
  }

  /** As it stands there, behind the condition that it is the other side or the end of. */
  private String conditionOf(int directive) {
    String own = tokens.get(directive).text();
    int depth = 0;
    for (int i = directive - 1; i >= 0 && !own.startsWith("#if"); i--) {
      String before = tokens.get(i).text();
      if (tokens.get(i).kind() == ProgramTokens.Kind.CONDITION) {
        if (depth == 0 && before.startsWith("#if")) {
          return own + " of " + before;
        }
        depth += before.startsWith("#endif") ? 1 : before.startsWith("#if") ? -1 : 0;
      }
    }
    return own;
  }

  private void mark(int token, int at, String what, String behind) {
    insertions.add(new Insertion(at, 0, " attn_reached(" + byMark.size() + ");" + behind));
    add(token, what);
  }

  private void add(int token, String what) {
    ProgramTokens.Token at = tokens.get(token);
    Branch branch = new Branch(byMark.size(), at.file(), at.line(), what);
    byMark.put(branch.mark(), branch);
    tokenOf.put(branch, token);
  }

  private String textOf(int first, int end) {
    return source
        .substring(tokens.get(first).start(), tokens.get(end - 1).end())
        .replaceAll("[\\s\\\\]+", " ");
  }

  private List<Owner> ownersOf(int token) {
    return owners.stream().filter(o -> o.first() <= token && token <= o.end()).toList();
  }

  private Set<Owner> reachable() {
    Set<Owner> reached = new HashSet<>();
    Deque<Owner> next = new ArrayDeque<>();
    owners.stream().filter(Owner::kernel).forEach(next::add);
    while (!next.isEmpty()) {
      Owner owner = next.pop();
      if (reached.add(owner)) {
        Set<String> names = new HashSet<>();
        Set<String> calls = new HashSet<>();
        for (int i = owner.first() + 1; i < owner.end(); i++) {
          names.add(tokens.get(i).text());
          if (tokens.get(i + 1).text().equals("(")) {
            calls.add(tokens.get(i).text());
          }
        }
        owners.stream()
            .filter(one -> (isMacro(one) ? names : calls).contains(one.name()))
            .forEach(next::push);
      }
    }
    return reached;
  }

  /** A macro may stand for a function's name, or have none of its own behind it. */
  private boolean isMacro(Owner owner) {
    return tokens.get(owner.first()).kind() == ProgramTokens.Kind.MACRO;
  }

  /** Brackets of one kind alone: the sides of a preprocessor's condition may each open others. */
  private int closing(int open) {
    return matching(open, 1, "(){}[]".indexOf(tokens.get(open).text()) / 2);
  }

  private int opening(int close) {
    return matching(close, -1, "(){}[]".indexOf(tokens.get(close).text()) / 2);
  }

  private int matching(int from, int step, int kind) {
    int depth = 0;
    for (int i = from; i >= 0 && i < tokens.size(); i += step) {
      String sign = tokens.get(i).text();
      int bracket = sign.length() == 1 ? "(){}[]".indexOf(sign) : -1;
      if (bracket >= 0 && bracket / 2 == kind) {
        depth += bracket % 2 == 0 ? step : -step;
        if (depth == 0) {
          return i;
        }
      }
    }
    throw new IllegalStateException("matched by nothing: " + tokens.get(from));
  }

  private String inserted() {
    StringBuilder result = new StringBuilder(source);
    insertions.stream()
        .sorted(
            Comparator.comparingInt(Insertion::at)
                .thenComparing(Comparator.comparingInt(Insertion::extent).reversed())
                .reversed())
        .forEach(one -> result.insert(one.at(), one.text()));
    return result.toString();
  }

  private static String helpers(long address) {
    StringBuilder helpers =
        new StringBuilder(
            """
            #define ATTN_MARKS ((__global volatile uchar *)%dul)
            static inline void attn_reached(int mark) { ATTN_MARKS[mark] = 1; }
            """
                .formatted(address));
    for (String type : List.of("int", "uint", "long", "ulong")) {
      helpers.append(
          """
          static inline %1$s __attribute__((overloadable)) attn_taken(int mark, %1$s condition) {
            ATTN_MARKS[mark + (condition != 0)] = 1;
            return condition;
          }
          """
              .formatted(type));
    }
    for (String element : List.of("char", "short", "int")) {
      for (int lanes : new int[] {2, 4, 8, 16}) {
        helpers.append(
            """
            static inline %1$s __attribute__((overloadable)) attn_taken(int mark, %1$s condition) {
              if (any(condition)) { ATTN_MARKS[mark + 1] = 1; }
              if (!all(condition)) { ATTN_MARKS[mark] = 1; }
              return condition;
            }
            """
                .formatted(element + lanes));
      }
    }
    return helpers.append("#line 1 \"marked\"\n").toString();
  }
}
