package io.github.attn4j.bench.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A headless browser that opens a page, runs a script behind the page's own, and shows the DOM. */
final class Chromium {
  static final String DARK = "--blink-settings=preferredColorScheme=0";
  static final String LIGHT = "--blink-settings=preferredColorScheme=1";

  private final Path folder;

  Chromium(Path folder) {
    this.folder = folder;
  }

  /** The document after the script. */
  String dom(String page, String script, String... options)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("--dump-dom");
    return browse(with(page, script), all);
  }

  private static String with(String page, String script) {
    int end = page.lastIndexOf("</body>");
    return page.substring(0, end) + "<script>" + script + "</script>" + page.substring(end);
  }

  private String browse(String page, List<String> options)
      throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("page.html"), page);
    Path output = folder.resolve("dom.html");
    List<String> command =
        new ArrayList<>(
            List.of(
                browser(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + folder.resolve("profile"),
                "--virtual-time-budget=5000"));
    command.addAll(options);
    command.add(file.toUri().toString());
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the browser ended").isTrue();
    return Files.readString(output, StandardCharsets.UTF_8);
  }

  private static String browser() {
    for (String directory : System.getenv("PATH").split(File.pathSeparator, -1)) {
      for (String name : new String[] {"chromium", "chromium-browser", "google-chrome"}) {
        Path candidate = Path.of(directory, name);
        if (Files.isExecutable(candidate)) {
          return candidate.toString();
        }
      }
    }
    return Assumptions.abort("no chromium on PATH: apt-get install chromium");
  }
}
