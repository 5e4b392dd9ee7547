package io.github.attn4j.bench.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/reliability.md names tests and faults that there are, and leaves none of the faults out. */
class ReliabilityPageTest {
  private static final Path ROOT =
      Path.of(System.getProperty("basedir", ".")).toAbsolutePath().resolve("..").normalize();
  private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w*Test)\\.(\\w+)`");

  private static String page() throws IOException {
    return Files.readString(ROOT.resolve("docs/reliability.md"));
  }

  /** Test classes by their names. */
  private static Map<String, String> testSources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (String module : List.of("host", "bench")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
        files
            .filter(file -> file.toString().contains("src/test/java"))
            .filter(file -> file.getFileName().toString().endsWith("Test.java"))
            .forEach(file ->
                sources.put(file.getFileName().toString().replace(".java", ""), read(file)));
      }
    }
    return sources;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyTestThatItNamesIsThere() throws IOException {
    Map<String, String> sources = testSources();
    List<String> missing = new ArrayList<>();
    int named = 0;
    Matcher matcher = NAMED.matcher(page());
    while (matcher.find()) {
      named++;
      String source = sources.getOrDefault(matcher.group(1), "");
      if (!source.contains("void " + matcher.group(2) + "(")) {
        missing.add(matcher.group());
      }
    }
    assertThat(missing).isEmpty();
    assertThat(named).isGreaterThan(30);
  }

  @Test
  void everyRowOfFaultsHasAnExitCodeAndATest() throws IOException {
    List<String[]> rows =
        page()
            .lines()
            .filter(line -> line.startsWith("| "))
            .map(line -> line.substring(2, line.length() - 2).split(" \\| ", -1))
            .filter(cells -> cells.length == 5 && !cells[0].equals("fault"))
            .toList();
    assertThat(rows).hasSizeGreaterThan(25);
    assertThat(rows)
        .allSatisfy(cells -> {
          assertThat(cells[3]).containsPattern("^\\d+|^that of the check$");
          assertThat(cells[4]).containsPattern(NAMED);
        });
  }

  @Test
  void everyFaultThatTestsThrowStandsThere() throws IOException {
    String page = page();
    for (Fault fault : Fault.values()) {
      assertThat(page).contains("`" + fault.name() + "`");
    }
  }
}
