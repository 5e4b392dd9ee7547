package io.github.attn4j.opencl;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel's program as {@link KernelSource} gives it to the compiler, taken apart for {@link
 * MutationOperator}: which file and line each of its lines comes from, and the tokens of its code.
 * Comments, strings and directives have none, but for what a {@code #define} stands for.
 */
final class ProgramText {
  private static final Pattern LINE = Pattern.compile("#line (\\d+) \"([^\"]+)\"");
  private static final Pattern DEFINE =
      Pattern.compile("\\s*#\\s*define\\s+\\w+(\\((?:[^()]*)\\))?");
  private static final Pattern TYPEDEF = Pattern.compile("(?m)^\\}\\s*(\\w+)\\s*;");
  private static final Pattern TOKEN =
      Pattern.compile(
          "//[^\\n]*|/\\*(?s:.*?)\\*/|\"(?:[^\"\\\\]|\\\\.)*\"" // none
              + "|[A-Za-z_]\\w*" // names
              + "|(?:\\d|\\.\\d)(?:[eEpP][+-]|[\\w.])*" // numbers
              + "|<<=|>>=|<<|>>|&&|\\|\\||==|!=|<=|>=|[-+*/%&|^]=|\\+\\+|--|->|##|[^\\s\\\\]");

  private final String text;
  private final List<Line> lines = new ArrayList<>();
  private final List<CodeTokens> code = new ArrayList<>();

  /**
   * A line as it lies on disk.
   *
   * @param file below kernels/opencl
   * @param number from 1
   * @param begin where it begins in the program
   * @param text without its end
   * @param continues whether the line before it ends with a backslash
   */
  record Line(String file, int number, int begin, String text, boolean continues) {}

  private ProgramText(String file, String text) {
    this.text = text;
    readLines(file);
    readCode();
  }

  static ProgramText of(OpenClKernel kernel) {
    return new ProgramText(kernel.file(), KernelSource.load(kernel.file()));
  }

  static ProgramText of(String file, String text) {
    return new ProgramText(file, text);
  }

  String text() {
    return text;
  }

  List<Line> lines() {
    return lines;
  }

  /** The code, and what each macro stands for. */
  List<CodeTokens> code() {
    return code;
  }

  /** The line of a place in the program. */
  int lineAt(int offset) {
    int low = 0;
    int high = lines.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) / 2;
      if (lines.get(middle).begin() <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private void readLines(String first) {
    String file = first;
    int number = 1;
    int begin = 0;
    boolean continues = false;
    for (String line : text.split("\n", -1)) {
      lines.add(new Line(file, number, begin, line, continues));
      Matcher matcher = LINE.matcher(line);
      if (matcher.lookingAt()) {
        number = Integer.parseInt(matcher.group(1));
        file = matcher.group(2);
      } else {
        number++;
      }
      continues = line.endsWith("\\");
      begin += line.length() + 1;
    }
  }

  private void readCode() {
    Set<String> types = new HashSet<>();
    Matcher typedef = TYPEDEF.matcher(text);
    while (typedef.find()) {
      types.add(typedef.group(1));
    }
    List<CodeTokens.Token> main = new ArrayList<>();
    for (int i = 0; i < lines.size(); ) {
      int end = i + 1;
      while (end < lines.size() && lines.get(end).continues()) {
        end++;
      }
      Line line = lines.get(i);
      int last = lines.get(end - 1).begin() + lines.get(end - 1).text().length();
      if (!line.text().strip().startsWith("#")) {
        tokens(line.begin(), last, main);
      } else {
        Matcher define = DEFINE.matcher(text).region(line.begin(), last);
        if (define.lookingAt()) {
          List<CodeTokens.Token> body = new ArrayList<>();
          tokens(define.end(), last, body);
          code.add(new CodeTokens(text, body, types));
        }
      }
      i = end;
    }
    code.addFirst(new CodeTokens(text, main, types));
  }

  private void tokens(int begin, int end, List<CodeTokens.Token> into) {
    Matcher token = TOKEN.matcher(text).region(begin, end);
    while (token.find()) {
      String found = token.group();
      if (!found.startsWith("//") && !found.startsWith("/*") && !found.startsWith("\"")) {
        into.add(new CodeTokens.Token(token.start(), token.end(), found));
      }
    }
  }
}
