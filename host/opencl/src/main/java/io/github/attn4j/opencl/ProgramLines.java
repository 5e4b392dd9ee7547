package io.github.attn4j.opencl;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the lines of a program come from. Most compilers follow {@code #line}; Oclgrind's counts
 * the lines of the whole program in its log, and calls it {@code input.cl}.
 */
final class ProgramLines {
  private static final Pattern LINE = Pattern.compile("#line (\\d+) \"(.*)\"");
  private static final Pattern PLACE =
      Pattern.compile("(?:input\\.cl|<kernel>|<stdin>|<source>):(\\d+)(?=:)");

  private ProgramLines() {}

  /**
   * A log with the places of files instead of those of the whole program.
   *
   * @param source the program, which begins with a {@code #line}
   */
  static String inFiles(String log, String source) {
    Matcher place = PLACE.matcher(log);
    if (!place.find()) {
      return log;
    }
    List<String> places = places(source);
    return place.replaceAll(found -> {
      int number = Integer.parseInt(found.group(1));
      return Matcher.quoteReplacement(
          number >= 1 && number <= places.size() ? places.get(number - 1) : found.group());
    });
  }

  /** Of each line: its file and its number there. */
  private static List<String> places(String source) {
    List<String> places = new ArrayList<>();
    String file = "the program";
    int number = 1;
    for (String line : source.split("\n", -1)) {
      Matcher directive = LINE.matcher(line);
      places.add(file + ":" + number);
      if (directive.matches()) {
        file = directive.group(2);
        number = Integer.parseInt(directive.group(1));
      } else {
        number++;
      }
    }
    return places;
  }
}
