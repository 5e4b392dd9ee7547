package io.github.attn4j.bench.cli;

import io.github.attn4j.core.report.HtmlReport;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.report.MarkdownFile;
import io.github.attn4j.core.report.MarkdownReport;
import io.github.attn4j.core.report.Report;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code ./attn report}: a stored benchmark report in its other forms, so that no figure in a
 * document is typed by hand.
 */
@Command(
    name = "report",
    description =
        "Turns a report.json or peers.json into a Markdown table, a page or a CSV, and may put the table into a document.",
    mixinStandardHelpOptions = true)
final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "The report to read. Default: ${DEFAULT-VALUE}.",
      defaultValue = "attn-report/report.json")
  private Path json = Path.of("attn-report/report.json");

  @Option(
      names = "--update",
      paramLabel = "FILE",
      description =
          "Document whose lines <!-- NAME:begin --> and <!-- NAME:end --> enclose the table.")
  private @Nullable Path document;

  @Option(
      names = "--marker",
      paramLabel = "NAME",
      description = "Name of those lines. Default: ${DEFAULT-VALUE}.",
      defaultValue = "bench")
  private String marker = "bench";

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write the report as a page that needs nothing else.")
  private @Nullable Path html;

  @Mixin private ReportFiles files;

  @Override
  public Integer call() {
    Report report = JsonReport.read(json);
    ResultFiles written = new ResultFiles();
    files.write(report, written);
    written.write(html, file -> HtmlReport.write(file, report));
    written.write(
        document, file -> MarkdownFile.update(file, marker, MarkdownReport.table(report)));
    written.requireAllWritten();
    if (document == null && html == null && !files.any()) {
      PrintWriter out = command.commandLine().getOut();
      out.println(MarkdownReport.table(report));
      out.flush();
    }
    return ExitCode.OK;
  }
}
