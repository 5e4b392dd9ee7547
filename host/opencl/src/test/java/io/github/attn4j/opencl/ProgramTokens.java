package io.github.attn4j.opencl;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tokens of an OpenCL program, as far as {@link MarkedProgram} needs to know them: words,
 * signs, where macros begin and end, and the preprocessor's conditions. Comments are none.
 */
final class ProgramTokens {
  /** Of a token; numbers are words. */
  enum Kind {
    /** A name or a number. */
    WORD,
    /** An operator, a bracket, a literal in quotes. */
    SIGN,
    /** A macro's name, before what it stands for. */
    MACRO,
    /** The end of what it stands for. */
    MACRO_END,
    /** A line of the preprocessor after which a part of the program may be left out. */
    CONDITION
  }

  /** A token: characters start to end of the source, from a line of a file. */
  record Token(Kind kind, String text, int start, int end, String file, int line) {}

  private static final Pattern LINE = Pattern.compile("#\\s*line\\s+(\\d+)\\s+\"([^\"]+)\"");
  private static final Pattern DEFINE = Pattern.compile("#\\s*define\\s+(\\w+)(\\([^)]*\\))?");
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s+|\\\\\n"
              + "|//[^\n"
              + "]*|/\\*(?s:.*?)\\*/|\"(?:\\\\.|[^\"])*\"|[A-Za-z0-9_]+(?:\\.[0-9A-Za-z_]*)?"
              + "|<<=|>>=|[-+*/%|&^]=|==|!=|<=|>=|<<|>>|&&|\\|\\||\\+\\+|--|->|.");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private String file = "";
  private int line = 1;

  private ProgramTokens(String source) {
    this.source = source;
  }

  static List<Token> of(String source) {
    ProgramTokens found = new ProgramTokens(source);
    int at = 0;
    while (at < source.length()) {
      at = found.line(at);
    }
    return found.tokens;
  }

  /** Reads a line, its continuations included; returns where the next one starts. */
  private int line(int start) {
    int end = start;
    do {
      end = source.indexOf('\n', end) + 1;
      end = end == 0 ? source.length() : end;
    } while (end < source.length() && source.startsWith("\\\n", end - 2));
    String text = source.substring(start, end).strip();
    if (!text.startsWith("#")) {
      read(start, end);
    } else {
      directive(text, start, end);
    }
    return end;
  }

  private void directive(String text, int start, int end) {
    Matcher place = LINE.matcher(text);
    Matcher define = DEFINE.matcher(source).region(start, end).useTransparentBounds(true);
    if (place.lookingAt()) {
      line = Integer.parseInt(place.group(1));
      file = place.group(2);
      return;
    }
    if (define.find()) {
      tokens.add(new Token(Kind.MACRO, define.group(1), start, start, file, line));
      read(define.end(), end);
      tokens.add(new Token(Kind.MACRO_END, "", end, end, file, line));
      return;
    }
    if (text.matches("(?s)#\\s*(if|ifdef|ifndef|elif|else|endif)\\b.*")) {
      String shown = text.replaceFirst("\\s*//.*", "");
      tokens.add(new Token(Kind.CONDITION, shown, start, end, file, line));
    }
    line += (int) source.substring(start, end).chars().filter(c -> c == '\n').count();
  }

  private void read(int start, int end) {
    Matcher matcher = TOKEN.matcher(source).region(start, end);
    while (matcher.find()) {
      String text = matcher.group();
      if (!text.isBlank()
          && !text.startsWith("//")
          && !text.startsWith("/*")
          && !text.startsWith("\\")) {
        boolean word = Character.isLetterOrDigit(text.charAt(0)) || text.charAt(0) == '_';
        tokens.add(
            new Token(
                word ? Kind.WORD : Kind.SIGN, text, matcher.start(), matcher.end(), file, line));
      }
      line += (int) text.chars().filter(c -> c == '\n').count();
    }
  }
}
