package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.ab.FakeVersion;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Starts {@code ./attn ab} on versions that are small scripts. */
abstract class TwoVersions {
  @TempDir Path folder = Path.of("");
  final StringWriter out = new StringWriter();
  final StringWriter err = new StringWriter();

  FakeVersion version(String name) throws IOException {
    return new FakeVersion(folder.resolve(name), name, folder.resolve("log"));
  }

  FakeVersion version(String name, double nanos) throws IOException {
    return version(name).answers(FakeVersion.cell("opencl:a", nanos));
  }

  int ab(FakeVersion base, FakeVersion now, String... arguments) {
    List<String> all = new ArrayList<>(List.of("ab", base.path(), now.path()));
    all.addAll(List.of(arguments));
    if (all.stream().noneMatch(word -> word.startsWith("--pairs="))) {
      all.add("--pairs=8");
    }
    return attn(all);
  }

  int attn(List<String> words) {
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(words.toArray(String[]::new));
  }

  List<String> log() throws IOException {
    return Files.readAllLines(folder.resolve("log"));
  }

  /** Who ran, trial by trial. */
  List<String> trials() throws IOException {
    return log().stream()
        .filter(line -> line.contains(" --report=") || line.contains(" --output="))
        .map(line -> line.substring(0, line.indexOf(' ')))
        .toList();
  }
}
