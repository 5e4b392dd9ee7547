package io.github.attn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher: what it looks for, installs, builds and runs. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class LauncherTest extends MadeUpMachine {
  /** A library that every process can load. */
  private static final Path REAL_SIGNAL_CHAINING =
      Path.of(System.getProperty("java.home"), "lib", "libjsig.so");

  @Test
  void hands_over_the_arguments_untouched_and_the_exit_code() throws Exception {
    stubJdk("jdk-25", "25.0.1");
    environment.put("STUB_EXIT", "37");

    Outcome outcome = attn("verify", "two words", "*", "", "--json");

    assertThat(outcome.code()).isEqualTo(37);
    assertThat(outcome.output())
        .contains("<verify>\n<two words>\n<*>\n<>\n<--json>\n")
        .contains("<--enable-native-access=ALL-UNNAMED>", "<--add-modules=jdk.incubator.vector>")
        .contains("<-Dattn.root=" + checkout.toRealPath() + ">")
        .contains("<" + checkout.toRealPath() + "/bench/target/app/lib/attn4j-bench.jar>");
  }

  @Test
  void splits_extra_jvm_options_at_spaces_without_expanding_them() throws Exception {
    stubJdk("jdk-25", "25");
    environment.put("ATTN_JAVA_OPTS", "-Xmx1g -Dpattern=/*");

    assertThat(attn("devices").output()).contains("<-Xmx1g>\n<-Dpattern=/*>\n");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void preloads_the_jdks_signal_chaining_before_what_is_preloaded_already() throws Exception {
    Path home = stubJdk("jdk-25", "25");
    assertThat(attn("devices").output()).as("a JDK without it").contains("[preloaded ]");

    Path library = signalChaining(home);
    assertThat(attn("devices").output()).contains("[preloaded " + library + "]");
    environment.put("LD_PRELOAD", REAL_SIGNAL_CHAINING.toString());
    assertThat(attn("devices").output())
        .contains("[preloaded " + library + ":" + REAL_SIGNAL_CHAINING + "]");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void a_jdk_whose_path_no_list_of_libraries_can_hold_runs_without_signal_chaining()
      throws Exception {
    signalChaining(stubJdk("a jdk", "25"));

    Outcome outcome = attn("devices");

    assertThat(outcome.output()).contains("[preloaded ]");
    assertThat(outcome.errors()).doesNotContain("LD_PRELOAD");
  }

  @Test
  void works_through_a_symbolic_link_from_another_folder() throws Exception {
    stubJdk("jdk-25", "25");
    Path links = Files.createDirectories(folder.resolve("links"));
    Files.createSymbolicLink(links.resolve("one"), Path.of("../a checkout/attn"));
    Files.createSymbolicLink(links.resolve("two"), Path.of("one"));

    Outcome outcome = launch(folder, List.of("links/two", "devices"));

    assertThat(outcome.code()).as(outcome.errors()).isZero();
    assertThat(outcome.output()).contains("<devices>").contains("[in " + folder.toRealPath() + "]");
  }

  @Test
  void prefers_java_home_then_path_then_the_oldest_jdk_that_will_do() throws Exception {
    stubJdk("early-jdk-28", "28");
    stubJdk("jdk-26", "26.0.1");
    stubJdk("jdk-25", "25.0.3");
    stubJdk("jdk-17", "17.0.15");
    assertThat(attn("devices").output()).contains("[jdk jdk-25]");

    Path linked = stubJdk("linked", "27");
    Files.createSymbolicLink(bin.resolve("java"), linked.resolve("bin/java"));
    assertThat(attn("devices").output()).contains("[jdk linked]");

    environment.put("JAVA_HOME", jvms.resolve("jdk-26").toString());
    assertThat(attn("devices").output()).contains("[jdk jdk-26]");

    environment.put("JAVA_HOME", jvms.resolve("jdk-17").toString());
    assertThat(attn("devices").output()).contains("[jdk linked]");
  }

  @Test
  void without_a_new_enough_jdk_exits_4_with_the_command_that_installs_one() throws Exception {
    stubJdk("jdk-17", "17.0.15");
    stubJdk("jdk-8", "1.8.0_412");
    Path runtimeOnly = stubJdk("jre-25", "25.0.1");
    Files.delete(runtimeOnly.resolve("bin/javac"));

    Outcome outcome = attn("devices");

    assertThat(outcome.code()).isEqualTo(4);
    assertThat(outcome.output()).isEmpty();
    assertThat(outcome.errors())
        .contains(
            "no JDK 25 or newer", "JDK 17.0.15 (" + jvms.resolve("jdk-17") + ")", "JDK 1.8.0_412 (")
        .contains("| tar -xz -C \"$HOME/.jdks\"");
  }

  @Test
  void names_the_package_where_the_distribution_has_the_jdk() throws Exception {
    stub("apt-cache", "[ \"$2\" = openjdk-25-jdk-headless ]");

    assertThat(attn("devices").errors()).contains("apt-get install -y openjdk-25-jdk-headless");
  }

  @Test
  void without_opencl_says_how_to_get_it_and_goes_on_with_the_java_backend() throws Exception {
    stubJdk("jdk-25", "25");
    Files.delete(libraries.resolve("libOpenCL.so.1"));
    stub("apt-get", "echo called >> \"$HOME/apt.log\"");

    Outcome outcome = attn("devices");

    assertThat(outcome.code()).isZero();
    assertThat(outcome.output()).contains("<devices>");
    assertThat(outcome.errors())
        .contains("no OpenCL")
        .contains("apt-get install -y --no-install-recommends " + POCL)
        .contains("going on with the Java backend only");
    assertThat(folder.resolve("apt.log")).as("ATTN_NO_INSTALL=1 forbids it").doesNotExist();
  }

  @Test
  void a_vendor_file_whose_driver_is_gone_is_no_platform() throws Exception {
    stubJdk("jdk-25", "25");
    Files.delete(libraries.resolve("libstub.so.1"));

    assertThat(attn("devices").errors()).contains("no OpenCL");
    assertThat(attn("bench", "--output", "report").errors()).contains("no OpenCL");
  }

  @Test
  void a_driver_named_by_the_environment_is_a_platform() throws Exception {
    stubJdk("jdk-25", "25");
    Files.delete(vendors.resolve("stub.icd"));
    environment.put("OCL_ICD_FILENAMES", "libabsent.so:libstub.so.1");

    assertThat(attn("devices").errors()).doesNotContain("OpenCL");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-h",
        "help bench",
        "bench --help",
        "verify a --b -V",
        "report a.json",
        "compare a.json b.json",
        "bundle",
        "-q compare a.json b.json",
        "completion bash"
      })
  void asking_for_help_a_report_or_a_bundle_installs_no_opencl(String words) throws Exception {
    stubJdk("jdk-25", "25");
    Files.delete(libraries.resolve("libOpenCL.so.1"));
    stubRootUser();
    stub("apt-get", "echo called >> \"$HOME/apt.log\"");
    environment.remove("ATTN_NO_INSTALL");

    assertThat(attn(words.split(" ")).errors()).doesNotContain("OpenCL", "installing");
    assertThat(folder.resolve("apt.log")).doesNotExist();
  }

  @Test
  void installs_pocl_where_it_may() throws Exception {
    assumeDebian();
    stubJdk("jdk-25", "25");
    Files.delete(vendors.resolve("stub.icd"));
    stubRootUser();
    stub(
        "apt-get",
        "echo \"$*\" >> \"$HOME/apt.log\"; [ \"$1\" = update ] || echo libstub.so.1 > '%s/stub.icd'"
            .formatted(vendors));
    environment.remove("ATTN_NO_INSTALL");

    Outcome outcome = attn("devices");

    assertThat(outcome.code()).isZero();
    assertThat(outcome.errors()).contains("installing " + POCL).doesNotContain("going on");
    assertThat(folder.resolve("apt.log"))
        .hasContent("update -qq\ninstall -y --no-install-recommends " + POCL);
    attn("devices");
    assertThat(Files.readAllLines(folder.resolve("apt.log"))).as("not again").hasSize(2);
  }

  @Test
  void shows_why_installing_failed_goes_on_and_does_not_try_again_at_once() throws Exception {
    assumeDebian();
    stubJdk("jdk-25", "25");
    Files.delete(vendors.resolve("stub.icd"));
    stubRootUser();
    stub("apt-get", "echo called >> \"$HOME/apt.log\"; echo no network here; exit 100");
    environment.remove("ATTN_NO_INSTALL");

    Outcome first = attn("devices");
    Outcome second = attn("devices");

    assertThat(first.code()).isZero();
    assertThat(first.errors()).contains("no network here", "going on with the Java backend only");
    assertThat(second.errors()).contains("failed less than an hour ago", "going on");
    assertThat(Files.readAllLines(folder.resolve("apt.log"))).hasSize(1);
  }

  @Test
  void builds_when_a_source_was_edited_added_or_deleted_and_only_then() throws Exception {
    stubJdk("jdk-25", "25");
    Path kernel = checkout.resolve("kernels/naive.cl");

    assertThat(attn("devices").errors()).contains("building");
    assertThat(attn("devices").errors()).doesNotContain("building");
    Files.setLastModifiedTime(kernel, FileTime.from(Instant.now().plusSeconds(60)));
    assertThat(attn("devices").errors()).as("touched").doesNotContain("building");

    write(kernel, "edited");
    assertThat(attn("devices").errors()).as("edited").contains("building");
    write(checkout.resolve("kernels/flash.cl"), "new");
    assertThat(attn("devices").errors()).as("added").contains("building");
    assertThat(checkout.resolve("kernels/target/classes/naive.cl")).exists();
    Files.delete(checkout.resolve("kernels/flash.cl"));
    assertThat(attn("devices").errors()).as("deleted").contains("building");
    assertThat(checkout.resolve("kernels/target/classes")).as("stale copies").doesNotExist();

    write(checkout.resolve("kernels/target/other"), "build output");
    write(checkout.resolve("kernels/README.md"), "a page");
    assertThat(attn("devices").errors()).as("no source").doesNotContain("building");
    assertThat(mavenCalls()).hasSize(4).allMatch(call -> call.contains("package"));
  }

  @Test
  void builds_again_when_something_else_replaced_the_jar() throws Exception {
    stubJdk("jdk-25", "25");
    attn("devices");
    write(checkout.resolve("bench/target/app/lib/attn4j-bench.jar"), "from other sources");

    assertThat(attn("devices").errors()).contains("building");
  }

  @Test
  void a_failing_build_shows_its_output_and_runs_nothing() throws Exception {
    stubJdk("jdk-25", "25");
    stubMaven("echo 'cannot find symbol: class Nowhere'; exit 1");

    Outcome outcome = attn("devices");

    assertThat(outcome.code()).isEqualTo(70);
    assertThat(outcome.output()).isEmpty();
    assertThat(outcome.errors()).contains("cannot find symbol: class Nowhere");
    assertThat(attn("devices").errors()).as("not taken for built").contains("building");
  }

  @Test
  void a_build_that_cannot_download_exits_4() throws Exception {
    stubJdk("jdk-25", "25");
    stubMaven("echo 'Could not transfer artifact a:b:jar:1'; exit 1");

    assertThat(attn("devices").code()).isEqualTo(4);
  }

  @Test
  void without_maven_exits_4_with_the_command_that_installs_it() throws Exception {
    stubJdk("jdk-25", "25");
    Files.delete(bin.resolve("mvn"));
    stub("apt-get", "exit 1");

    Outcome outcome = attn("devices");

    assertThat(outcome.code()).isEqualTo(4);
    assertThat(outcome.errors())
        .contains("Maven is missing", "apt-get install -y")
        .contains("maven");
  }

  @Test
  void test_runs_the_full_suite_demanding_opencl_and_leaves_nothing_to_build() throws Exception {
    stubJdk("jdk-25", "25");
    environment.put("CI", "true");

    Outcome outcome = attn("test");

    assertThat(outcome.code()).as(outcome.errors()).isZero();
    assertThat(mavenCalls()).containsExactly("-Pfull verify -B -Dattn.require=opencl");
    assertThat(outcome.errors())
        .contains("oclgrind is missing", "chromium is missing", "surefire-reports");
    assertThat(attn("devices").errors()).doesNotContain("building");
  }

  @Test
  void test_passes_on_maven_arguments_and_the_result_but_then_claims_no_build() throws Exception {
    stubJdk("jdk-25", "25");
    assertThat(attn("test", "-pl", "host/core").code()).isZero();
    assertThat(mavenCalls()).containsExactly("-Pfull verify -Dattn.require=opencl -pl host/core");
    assertThat(attn("devices").errors()).contains("building");

    stubMaven("echo Tests run: 3, Failures: 1; exit 1");
    Outcome failed = attn("test");
    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.output()).contains("Tests run: 3, Failures: 1");
  }

  @Test
  void explains_on_opencl_without_the_second_compiler_that_kernels_in_java_need() throws Exception {
    String brief = "<-XX:TieredStopAtLevel=1>";
    stubJdk("jdk-25", "25");
    assertThat(attn("explain", "a text").output()).contains(brief);
    assertThat(attn("explain", "a text", "--kernel", "opencl:flash").output()).contains(brief);
    assertThat(attn("explain", "a text", "--kernel=java:flash").output()).doesNotContain(brief);
    assertThat(attn("explain", "a text", "--device", "1").output()).doesNotContain(brief);
    assertThat(attn("bench").output()).doesNotContain(brief);

    Files.delete(vendors.resolve("stub.icd"));
    assertThat(attn("explain", "a text").output()).doesNotContain(brief);
  }

  @Test
  void test_demands_a_browser_where_there_is_one() throws Exception {
    stubJdk("jdk-25", "25");
    stub("google-chrome-stable", "exit 0");

    Outcome outcome = attn("test");

    assertThat(outcome.code()).as(outcome.errors()).isZero();
    assertThat(mavenCalls()).containsExactly("-Pfull verify -Dattn.require=opencl,browser");
    assertThat(outcome.errors()).doesNotContain("chromium is missing");
  }

  @Test
  void test_demands_the_sanitizer_where_there_is_one() throws Exception {
    stubJdk("jdk-25", "25");
    stub("oclgrind", "exit 0");

    Outcome outcome = attn("test");

    assertThat(outcome.code()).as(outcome.errors()).isZero();
    assertThat(mavenCalls()).containsExactly("-Pfull verify -Dattn.require=opencl,oclgrind");
    assertThat(outcome.errors()).doesNotContain("oclgrind is missing");
  }

  @Test
  void test_without_opencl_demands_none() throws Exception {
    stubJdk("jdk-25", "25");
    Files.delete(vendors.resolve("stub.icd"));

    assertThat(attn("test").code()).isZero();
    assertThat(mavenCalls()).containsExactly("-Pfull verify");
  }

  @Test
  void launches_at_the_same_time_build_once() throws Exception {
    Optional<Path> flock = realTool("flock");
    assumeTrue(flock.isPresent(), "without flock nothing is locked");
    stub("flock", "exec " + flock.orElseThrow() + " \"$@\"");
    stub("sleep", "exec " + realTool("sleep").orElseThrow() + " \"$@\"");
    stubJdk("jdk-25", "25");
    stubMaven(
        "mkdir -p bench/target/app/lib; sleep 1; echo jar > bench/target/app/lib/attn4j-bench.jar");

    // A pool of its own: the common one has a single thread on two cores.
    try (ExecutorService pool = Executors.newFixedThreadPool(3)) {
      Callable<Outcome> devices = () -> attn("devices");
      for (Future<Outcome> launch : pool.invokeAll(List.of(devices, devices, devices))) {
        assertThat(launch.get().code()).as(launch.get().errors()).isZero();
        assertThat(launch.get().output()).contains("<devices>");
      }
    }
    assertThat(mavenCalls()).hasSize(1);
  }

  @Test
  void a_launch_inside_a_build_of_the_same_checkout_neither_waits_nor_builds() throws Exception {
    stubJdk("jdk-25", "25");
    environment.put("ATTN_INSIDE_BUILD", checkout.toRealPath().toString());

    assertThat(attn("devices").code()).as("nothing built yet").isEqualTo(70);
    write(checkout.resolve("bench/target/app/lib/attn4j-bench.jar"), "jar");
    assertThat(attn("devices").code()).isZero();
    assertThat(folder.resolve("maven.log")).doesNotExist();
  }

  @Test
  void told_not_to_build_it_runs_what_was_built_last_or_says_that_nothing_was() throws Exception {
    stubJdk("jdk-25", "25");
    environment.put("ATTN_NO_BUILD", "1");

    Outcome without = attn("devices");
    assertThat(without.code()).isEqualTo(4);
    assertThat(without.errors()).contains("nothing is built in ", "ATTN_NO_BUILD=1 forbids it");
    write(checkout.resolve("bench/target/app/lib/attn4j-bench.jar"), "jar");
    write(checkout.resolve("host/Edited.java"), "changed");
    assertThat(attn("devices").code()).isZero();
    assertThat(folder.resolve("maven.log")).doesNotExist();
  }

  private static Path signalChaining(Path home) throws IOException {
    Path folder = Files.createDirectories(home.resolve("lib"));
    return Files.copy(REAL_SIGNAL_CHAINING, folder.resolve("libjsig.so"));
  }
}
