package io.github.attn4j.bench.cli;

import java.io.PrintWriter;
import java.io.Writer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/**
 * How a command speaks: what {@code --quiet} leaves out, what {@code --verbose} adds, and which
 * words are coloured. Results go to standard output; what is said about a run while it lasts goes
 * to standard error. Files never pass through here, so they are never coloured (docs/terminal.md).
 */
final class Voice {
  private final CommandLine commandLine;
  private final boolean quiet;
  private final boolean verbose;
  private @Nullable PrintWriter remarks;

  private Voice(CommandLine commandLine, boolean quiet, boolean verbose) {
    this.commandLine = commandLine;
    this.quiet = quiet;
    this.verbose = verbose;
  }

  /** Of a command, as the options of {@code ./attn} say. */
  static Voice of(CommandSpec command) {
    return command.root().userObject() instanceof AttnCommand attn
        ? new Voice(command.commandLine(), attn.quiet(), attn.verbose())
        : new Voice(command.commandLine(), false, false);
  }

  /** Whether only failures, the summary and errors are wanted. */
  boolean quiet() {
    return quiet;
  }

  /** Whether everything that is known is wanted. */
  boolean verbose() {
    return verbose;
  }

  /** For failures and the summary: always heard. */
  PrintWriter out() {
    return commandLine.getOut();
  }

  /** For tables and remarks: standard output, or nowhere under {@code --quiet}. */
  PrintWriter remarks() {
    if (!quiet) {
      return out();
    }
    if (remarks == null) {
      remarks = new PrintWriter(Writer.nullWriter());
    }
    return remarks;
  }

  /** Standard error, or nowhere under {@code --quiet}. */
  PrintWriter notes() {
    return quiet ? new PrintWriter(Writer.nullWriter()) : commandLine.getErr();
  }

  /** What a run is about to do, on standard error; not under {@code --quiet}. */
  void note(String line) {
    if (!quiet) {
      error(line);
    }
  }

  /** What a run is made of, on standard error; only under {@code --verbose}. */
  void detail(String line) {
    if (verbose) {
      error(line);
    }
  }

  private void error(String line) {
    commandLine.getErr().println("attn: " + line);
    commandLine.getErr().flush();
  }

  /** A word for what went wrong. */
  String bad(String word) {
    return painted(commandLine.getColorScheme().ansi(), "bold,red", word);
  }

  /** A line about what went wrong, whose head, to its first colon, is such a word. */
  String badHead(String line) {
    int head = line.indexOf(':');
    return head < 0 ? bad(line) : bad(line.substring(0, head)) + line.substring(head);
  }

  /** A word for what went well. */
  String good(String word) {
    return painted(commandLine.getColorScheme().ansi(), "green", word);
  }

  /** A word for what a reader should know of: something is missing, or was cut short. */
  String caution(String word) {
    return painted(commandLine.getColorScheme().ansi(), "yellow", word);
  }

  /**
   * What a line of errors begins with, as standard error takes it: it may lead to a file while
   * standard output has a terminal.
   */
  static String errorPrefix(CommandLine commandLine) {
    return painted(ofErrors(commandLine), "bold,red", "attn:");
  }

  /** Whether standard error takes colours. */
  static Ansi ofErrors(CommandLine commandLine) {
    Ansi ansi = commandLine.getColorScheme().ansi();
    boolean coloured = ansi == Ansi.ON || (ansi.enabled() && (forced() || Terminal.takesErrors()));
    return coloured ? Ansi.ON : Ansi.OFF;
  }

  /** As picocli reads the variable: nobody asks whether there is a terminal. */
  private static boolean forced() {
    String force = System.getenv("CLICOLOR_FORCE");
    return force != null && !force.equals("0");
  }

  private static String painted(Ansi ansi, String style, String word) {
    return ansi.string("@|%s %s|@".formatted(style, word));
  }
}
