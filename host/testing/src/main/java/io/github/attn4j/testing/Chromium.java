package io.github.attn4j.testing;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A headless browser that opens a page, runs a script behind the page's own, and shows the document
 * that came of it. Where none is on PATH the test is skipped, or fails where -Dattn.require names
 * {@code browser} ({@link Required}).
 */
public final class Chromium {
  /** The option of a screen whose user prefers dark colours. */
  public static final String DARK = "--blink-settings=preferredColorScheme=0";

  /** The same of light ones. */
  public static final String LIGHT = "--blink-settings=preferredColorScheme=1";

  /** The launcher's browser_present has the same. */
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome");

  private static final int PATIENCE_SECONDS = 60;

  private final Path folder;

  /**
   * A browser without a past.
   *
   * @param folder of its own, for its profile and the page
   */
  public Chromium(Path folder) {
    this.folder = folder;
  }

  /** A page with a script that runs after its own. */
  public static String with(String page, String script) {
    int end = page.lastIndexOf("</body>");
    return page.substring(0, end) + "<script>" + script + "</script>" + page.substring(end);
  }

  /** The document, five virtual seconds after it was opened. */
  public String dom(String page, String... options) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("--dump-dom");
    return open(page, all);
  }

  /** The page as it is printed. */
  public void print(String page, Path pdf, String... options)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("--print-to-pdf=" + pdf);
    String _ = open(page, all);
  }

  private String open(String page, List<String> options) throws IOException, InterruptedException {
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
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError(
            "%s did not end within %d s".formatted(command.getFirst(), PATIENCE_SECONDS));
      }
    } finally {
      // Its children first: they would outlive it, and keep its profile.
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    return Files.readString(output, StandardCharsets.UTF_8);
  }

  private static String browser() {
    for (String directory : System.getenv("PATH").split(File.pathSeparator, -1)) {
      for (String name : NAMES) {
        Path candidate = Path.of(directory, name);
        if (Files.isExecutable(candidate)) {
          return candidate.toString();
        }
      }
    }
    Required.abort("browser", "no chromium on PATH: apt-get install chromium");
    throw new IllegalStateException("an aborted test went on");
  }
}
