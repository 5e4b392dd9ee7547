package io.github.attn4j.bench.cli;

import java.util.Locale;

/** What Jazzer calls: the parser that a system property names. */
public final class FuzzedParserTarget {
  /** Property with a parser's {@link FuzzedParser#id}. */
  static final String PARSER = "attn.fuzzed.parser";

  private static final FuzzedParser CHOSEN =
      FuzzedParser.valueOf(System.getProperty(PARSER).toUpperCase(Locale.ROOT).replace('-', '_'));

  private FuzzedParserTarget() {}

  /** Jazzer's entry: it finds it by this name. */
  public static void fuzzerTestOneInput(byte[] data) {
    CHOSEN.read(data);
  }
}
