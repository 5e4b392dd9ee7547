package io.github.attn4j.bench;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs a copy of {@code ./attn} in a made-up checkout, with a made-up machine around it: stub JDKs,
 * a stub Maven that only writes the jar, stub OpenCL libraries. PATH holds nothing but the tools
 * named here, so that what is installed on the real machine changes nothing.
 */
abstract class MadeUpMachine {
  private static final List<String> TOOLS =
      List.of(
          "sh",
          "env",
          "find",
          "cksum",
          "sort",
          "cat",
          "rm",
          "mv",
          "mkdir",
          "dirname",
          "readlink",
          "id",
          "uname",
          "grep",
          "tr",
          "mktemp",
          "touch");

  /** Scripts that the launcher sources. */
  private static final List<String> PARTS =
      List.of(
          "bench/src/main/launcher/opencl.sh",
          "bench/src/main/launcher/peers.sh",
          "bench/src/main/resources/io/github/attn4j/bench/bundle/tornado.sh");

  protected static final String POCL = "pocl-opencl-icd ocl-icd-libopencl1";

  @TempDir protected Path folder;

  protected Path checkout;
  protected Path bin;
  protected Path jvms;
  protected Path libraries;
  protected Path vendors;
  protected final Map<String, String> environment = new TreeMap<>();

  @BeforeEach
  void makeCheckoutAndMachine() throws IOException {
    checkout = Files.createDirectories(folder.resolve("a checkout"));
    bin = Files.createDirectories(folder.resolve("bin"));
    jvms = Files.createDirectories(folder.resolve("jvms"));
    libraries = Files.createDirectories(folder.resolve("libraries"));
    vendors = Files.createDirectories(folder.resolve("vendors"));
    Files.copy(repositoryRoot().resolve("attn"), checkout.resolve("attn"));
    for (String part : PARTS) {
      Path copy = checkout.resolve(part);
      Files.createDirectories(copy.getParent());
      Files.copy(repositoryRoot().resolve(part), copy);
    }
    write(checkout.resolve("pom.xml"), "<project/>");
    write(checkout.resolve("kernels/pom.xml"), "<project/>");
    write(checkout.resolve("kernels/naive.cl"), "kernel");
    write(checkout.resolve("kernels/target/classes/naive.cl"), "copied kernel");
    for (String tool : TOOLS) {
      stub(tool, "exec " + realTool(tool).orElseThrow() + " \"$@\"");
    }
    stubMaven("mkdir -p bench/target/app/lib && echo jar > bench/target/app/lib/attn4j-bench.jar");
    stubOpenCl();
    environment.put("PATH", bin.toString());
    environment.put("HOME", folder.toString());
    environment.put("ATTN_JVM_FOLDERS", jvms.toString());
    environment.put("ATTN_LIBRARY_FOLDERS", libraries.toString());
    environment.put("OCL_ICD_VENDORS", vendors.toString());
    environment.put("ATTN_NO_INSTALL", "1");
  }

  protected record Outcome(int code, String output, String errors) {}

  protected Outcome attn(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(checkout.resolve("attn").toString()));
    command.addAll(List.of(arguments));
    return launch(folder, command);
  }

  protected Outcome launch(Path workingFolder, List<String> command) throws Exception {
    Path output = Files.createTempFile(folder, "launch", ".output");
    Path errors = Files.createTempFile(folder, "launch", ".errors");
    ProcessBuilder builder = new ProcessBuilder(command).directory(workingFolder.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process =
        builder.redirectOutput(output.toFile()).redirectError(errors.toFile()).start();
    process.getOutputStream().close();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("attn did not end within 60 s: " + command);
    }
    return new Outcome(process.exitValue(), Files.readString(output), Files.readString(errors));
  }

  protected Path stubJdk(String name, String version) throws IOException {
    Path home = jvms.resolve(name);
    write(home.resolve("release"), "IMPLEMENTOR=\"Stub\"\nJAVA_VERSION=\"" + version + "\"\n");
    executable(
        home.resolve("bin/java"),
        "echo \"[jdk "
            + name
            + "] [in $(pwd -P)] [preloaded ${LD_PRELOAD-}]\"; for word; do echo \"<$word>\"; done; exit ${STUB_EXIT-0}");
    executable(home.resolve("bin/javac"), "exit 1");
    return home;
  }

  protected void stubMaven(String body) throws IOException {
    stub("mvn", "echo \"$*\" >> \"$HOME/maven.log\"\n" + body);
  }

  protected List<String> mavenCalls() throws IOException {
    return Files.readAllLines(folder.resolve("maven.log"));
  }

  protected void stubOpenCl() throws IOException {
    write(libraries.resolve("libOpenCL.so.1"), "");
    write(libraries.resolve("libstub.so.1"), "");
    write(vendors.resolve("stub.icd"), "libstub.so.1");
  }

  protected void stubRootUser() throws IOException {
    Files.delete(bin.resolve("id"));
    stub("id", "echo 0");
  }

  protected static void assumeDebian() {
    assumeTrue(
        Files.exists(Path.of("/etc/debian_version")), "installing with apt needs Debian or Ubuntu");
  }

  protected void stub(String name, String body) throws IOException {
    executable(bin.resolve(name), body);
  }

  protected static void executable(Path file, String body) throws IOException {
    write(file, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  protected static void write(Path file, String text) throws IOException {
    Path parent = file.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.writeString(file, text, StandardCharsets.UTF_8);
  }

  protected static Optional<Path> realTool(String name) {
    return Stream.of("/usr/bin/", "/bin/", "/usr/local/bin/")
        .map(parent -> Path.of(parent + name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  protected static Path repositoryRoot() {
    Path candidate = Path.of("").toAbsolutePath();
    while (!Files.isRegularFile(candidate.resolve("attn"))) {
      Path parent = candidate.getParent();
      if (parent == null) {
        throw new AssertionError("no ./attn in or above " + Path.of("").toAbsolutePath());
      }
      candidate = parent;
    }
    return candidate;
  }
}
