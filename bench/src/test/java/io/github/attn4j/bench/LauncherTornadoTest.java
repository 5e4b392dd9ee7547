package io.github.attn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The launcher beside a TornadoVM SDK, of which it reads the argument file. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class LauncherTornadoTest extends MadeUpMachine {
  private static final String TEMPLATE =
      """
      # === JVM mode ===
      -XX:+EnableJVMCI
      --enable-preview
      -Djava.library.path=${TORNADOVM_HOME}/lib

      --module-path .:${TORNADOVM_HOME}/share/java/tornado
      --upgrade-module-path ${TORNADOVM_HOME}/share/java/graalJars
      """;

  private Path arguments;

  @BeforeEach
  void jdk() throws IOException {
    stubJdk("jdk-25", "25.0.1");
    arguments = checkout.toRealPath().resolve(".attn/launcher/tornado-arguments");
  }

  private Path stubSdk(Path home, String version) throws IOException {
    write(home.resolve("tornado-argfile.template"), TEMPLATE);
    write(home.resolve("etc/tornado.release"), "version=" + version + "\nbranch=UNKNOWN\n");
    return home;
  }

  @Test
  void an_sdk_named_by_the_variable_gives_the_jvm_its_arguments() throws Exception {
    Path sdk = stubSdk(folder.resolve("sdk"), "5.2.0-jdk25");
    environment.put("TORNADOVM_HOME", sdk.toString());

    assertThat(attn("devices").output())
        .contains("<@" + arguments + ">")
        .contains("<-Dattn.tornado.arguments=" + arguments + ">");
    assertThat(Files.readAllLines(arguments))
        .containsExactly(
            "-XX:+EnableJVMCI",
            "-Djava.library.path=" + sdk + "/lib",
            "--module-path " + sdk + "/share/java/tornado",
            "--upgrade-module-path " + sdk + "/share/java/graalJars",
            "-Dtornado.recover.bailout=False",
            "-Dtornado.opencl.compiler.flags=\"-cl-mad-enable -w\"",
            "-Dtornado.device.memory=1024GB");
  }

  @Test
  void the_one_that_sdkman_has_installed_is_found_by_itself() throws Exception {
    stubSdk(folder.resolve(".sdkman/candidates/tornadovm/current"), "5.3.1-jdk25");

    assertThat(attn("verify").output()).contains("<@" + arguments + ">");
  }

  @Test
  void without_one_nothing_is_said_here_and_no_argument_given() throws Exception {
    Outcome outcome = attn("devices");

    assertThat(outcome.output()).doesNotContain("tornado").contains("<devices>");
    assertThat(outcome.errors()).doesNotContain("Tornado");
  }

  @Test
  void a_variable_that_names_no_sdk_is_said_and_the_rest_goes_on() throws Exception {
    environment.put("TORNADOVM_HOME", "/no/sdk");

    Outcome outcome = attn("devices");

    assertThat(outcome.code()).isZero();
    assertThat(outcome.errors()).contains("TORNADOVM_HOME=/no/sdk holds no tornado-argfile");
    assertThat(outcome.output()).doesNotContain("tornado-arguments");
  }

  @Test
  void another_version_or_one_for_another_jdk_is_left_out_by_name() throws Exception {
    for (String version : new String[] {"4.0.1-jdk25", "5.2.0-jdk21", "51.0.0-jdk25"}) {
      Path sdk = stubSdk(folder.resolve("sdk " + version).resolveSibling(version), version);
      environment.put("TORNADOVM_HOME", sdk.toString());

      Outcome outcome = attn("devices");

      assertThat(outcome.errors()).contains(version, "needed is 5.x for JDK 25");
      assertThat(outcome.output()).doesNotContain("tornado-arguments");
    }
  }

  @Test
  void a_folder_that_an_argument_file_cannot_name_is_left_out_by_name() throws Exception {
    Path sdk = stubSdk(folder.resolve("an sdk"), "5.2.0-jdk25");
    environment.put("TORNADOVM_HOME", sdk.toString());

    Outcome outcome = attn("devices");

    assertThat(outcome.errors()).contains("an sdk", "link to it");
    assertThat(outcome.output()).doesNotContain("tornado-arguments");
  }

  @Test
  void help_and_reports_start_without_it() throws Exception {
    environment.put("TORNADOVM_HOME", stubSdk(folder.resolve("sdk"), "5.2.0-jdk25").toString());

    assertThat(attn("--help").output()).doesNotContain("tornado");
    assertThat(attn("report").output()).doesNotContain("tornado");
  }

  @Test
  void the_tests_get_it_too_and_may_not_skip() throws Exception {
    environment.put("TORNADOVM_HOME", stubSdk(folder.resolve("sdk"), "5.2.0-jdk25").toString());

    assertThat(attn("test").code()).isZero();
    assertThat(mavenCalls())
        .containsExactly(
            "-Pfull verify -Dattn.require=opencl,tornado -Dattn.tornado.flags=\"@"
                + arguments
                + "\"");
  }
}
