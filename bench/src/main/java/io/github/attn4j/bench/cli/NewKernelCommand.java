package io.github.attn4j.bench.cli;

import io.github.attn4j.opencl.KernelTemplate;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./attn new-kernel}: a kernel file and a descriptor to start from. */
@Command(
    name = "new-kernel",
    description =
        "Writes NAME.cl and NAME.json, an attention kernel of your own that passes verify as it"
            + " stands (docs/your-own-kernel.md); overwrites nothing.",
    mixinStandardHelpOptions = true)
final class NewKernelCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "NAME",
      description = "Of the kernel and its files, as in my_variant; its id is file:NAME.")
  private String name = "";

  @Option(
      names = "--output",
      paramLabel = "FOLDER",
      description = "Where the files go. Default: ${DEFAULT-VALUE}.",
      defaultValue = ".")
  private Path output = Path.of(".");

  @Override
  public Integer call() {
    KernelTemplate template = new KernelTemplate(name);
    Path folder = output.normalize();
    template.write(folder);
    Path source = template.sourceFile(folder);
    PrintWriter out = command.commandLine().getOut();
    out.printf("written: %s and %s. Next:%n", source, template.descriptorFile(folder));
    for (String[] next :
        new String[][] {{"verify"}, {"sanitize", "--grid", "small"}, {"tune"}, {"bench"}}) {
      List<String> words = new ArrayList<>(List.of(next));
      words.addAll(List.of(KernelFileOptions.FILE, source.toString()));
      out.println("  " + RepeatedCommand.of(words));
    }
    out.flush();
    return ExitCode.OK;
  }
}
