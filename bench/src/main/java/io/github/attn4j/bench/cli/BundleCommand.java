package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.bundle.Bundle;
import io.github.attn4j.bench.bundle.TornadoSdk;
import io.github.attn4j.core.report.Environment;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./attn bundle}: packs the suite for machines without Java. */
@Command(
    name = "bundle",
    description =
        "Packs the suite, a Java runtime and an OpenCL loader into a folder and a tarball that run on a"
            + " bare Linux x86-64 machine with nothing but a GPU driver.",
    mixinStandardHelpOptions = true)
final class BundleCommand implements Callable<Integer> {
  @Spec private CommandSpec command;

  @Option(
      names = "--output",
      paramLabel = "FOLDER",
      description = "Where folder and tarball go. Default: ${DEFAULT-VALUE}.",
      defaultValue = "attn-bundle")
  private Path output = Path.of("attn-bundle");

  @Option(
      names = "--with-tornado",
      description = "Take the TornadoVM SDK of TORNADOVM_HOME (or SDKMAN's current one) along.")
  private boolean withTornado;

  @Override
  public Integer call() {
    String root = System.getProperty(Environment.ROOT_PROPERTY);
    if (root == null || !Files.isRegularFile(Path.of(root, "LICENSE"))) {
      throw new IllegalArgumentException(
          "bundle packs a checkout of the source, and %s is none: run ./attn bundle in one"
              .formatted(root == null ? "the system property attn.root, which is not set," : root));
    }
    if (Files.isRegularFile(Path.of(root, Environment.BUILT_FROM_FILE))) {
      throw new IllegalArgumentException(
          "%s is a bundle already; run ./attn bundle in a checkout of the source".formatted(root));
    }
    Environment source = Environment.capture(List.of(), "./attn bundle", 0);
    TornadoSdk tornado = withTornado ? TornadoSdk.find(System.getenv()) : null;
    Bundle bundle;
    try (Progress progress = Progress.of(command, "bundle", Bundle.STEPS.size())) {
      bundle = Bundle.build(output, source, Path.of(root), tornado, progress::step);
    }
    PrintWriter out = command.commandLine().getOut();
    out.printf("folder   %s (%.1f MB)%n", bundle.folder(), bundle.folderBytes() / 1e6);
    out.printf("tarball  %s (%.1f MB)%n", bundle.tarball(), bundle.tarballBytes() / 1e6);
    out.flush();
    if (tornado == null && bundle.tarballBytes() >= Bundle.LIMIT_BYTES) {
      command
          .commandLine()
          .getErr()
          .printf("attn: the tarball is over its limit of %.0f MB%n", Bundle.LIMIT_BYTES / 1e6);
      return ExitCode.CHECK_FAILED;
    }
    return ExitCode.OK;
  }
}
