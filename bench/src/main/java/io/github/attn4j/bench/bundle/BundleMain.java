package io.github.attn4j.bench.bundle;

import io.github.attn4j.bench.cli.AttnCommand;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A bundle's entry: the command line, and afterwards the removal of the driver list and arguments
 * that the run script made. The script cannot remove it: the JVM takes its place, so that signals
 * reach it.
 */
public final class BundleMain {
  /** System property with the temporary folder of .icd and .args files. */
  static final String VENDORS_PROPERTY = "attn.bundle.vendors";

  private BundleMain() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] args) {
    String vendors = System.getProperty(VENDORS_PROPERTY);
    if (vendors != null) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(Path.of(vendors))));
    }
    AttnCommand.main(args);
  }

  /** Removes what the script put there and nothing else, whatever the property names. */
  static void remove(Path vendors) {
    try (DirectoryStream<Path> lists = Files.newDirectoryStream(vendors, "attn-*.{icd,args}")) {
      for (Path list : lists) {
        Files.delete(list);
      }
      Files.delete(vendors);
    } catch (IOException e) {
      System.err.printf("attn: cannot remove the temporary folder %s (%s)%n", vendors, e);
    }
  }
}
