package io.github.attn4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher builds the module with other projects' libraries when they are asked for only. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class LauncherPeersTest extends MadeUpMachine {
  private static final String APPLICATION =
      "mkdir -p bench/target/app/lib && echo jar > bench/target/app/lib/attn4j-bench.jar";

  private static final String PEERS =
      "case \"$*\" in *-Ppeers*) mkdir -p bench/peers/target/app && echo jar > bench/peers/target/app/attn4j-peers.jar ;; esac";

  @BeforeEach
  void makeMavenThatBuildsBoth() throws Exception {
    stubJdk("jdk-25", "25");
    stubMaven(APPLICATION + "\n" + PEERS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"bench", "bench --n 16", "bench --peer --help", "verify --peer torch", "devices"})
  void who_asks_for_no_peer_fetches_none(String words) throws Exception {
    Outcome outcome = attn(words.split(" "));

    assertThat(outcome.output()).doesNotContain("attn.peers");
    assertThat(mavenCalls()).hasSize(1).noneMatch(call -> call.contains("-Ppeers"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bench --peer torch", "bench --n 16 --peer=torch,onnxruntime"})
  void peers_are_built_once_and_their_folder_handed_over(String words) throws Exception {
    Outcome first = attn(words.split(" "));

    assertThat(first.code()).as(first.errors()).isZero();
    assertThat(first.errors()).contains("building the peers");
    assertThat(first.output())
        .contains("<-Dattn.peers=" + checkout.toRealPath() + "/bench/peers/target/app>");
    assertThat(attn(words.split(" ")).errors()).doesNotContain("building");
    assertThat(mavenCalls()).hasSize(2);
    assertThat(mavenCalls().getLast()).contains("-Ppeers").endsWith("package");
  }

  @Test
  void told_not_to_build_it_hands_over_the_peers_built_last_or_says_that_there_are_none()
      throws Exception {
    attn("bench");
    environment.put("ATTN_NO_BUILD", "1");
    Outcome without = attn("bench", "--peer=torch");
    assertThat(without.code()).isEqualTo(4);
    assertThat(without.errors()).contains("the peers are not built in ", "ATTN_NO_BUILD=1");

    environment.remove("ATTN_NO_BUILD");
    attn("bench", "--peer=torch");
    environment.put("ATTN_NO_BUILD", "1");
    write(checkout.resolve("kernels/naive.cl"), "edited");
    Outcome with = attn("bench", "--peer=torch");
    assertThat(with.code()).as(with.errors()).isZero();
    assertThat(with.output())
        .contains("<-Dattn.peers=" + checkout.toRealPath() + "/bench/peers/target/app>");
    assertThat(mavenCalls()).hasSize(2);
  }

  @Test
  void a_changed_source_builds_peers_anew_as_well() throws Exception {
    attn("bench", "--peer", "torch");
    write(checkout.resolve("kernels/naive.cl"), "edited");

    assertThat(attn("bench").errors()).contains("building").doesNotContain("peers");
    assertThat(attn("bench", "--peer", "torch").errors()).contains("building the peers");
    assertThat(attn("bench").errors()).doesNotContain("building");
  }

  @Test
  void without_a_network_says_what_is_missing_and_leaves_the_application_built() throws Exception {
    stubMaven(
        APPLICATION
            + "\ncase \"$*\" in *-Ppeers*) echo 'Could not resolve dependencies for project x: Could not find artifact"
            + " org.bytedeco:pytorch:jar:linux-x86_64:2.10.0-1.5.13 in central'; exit 1 ;; esac");

    Outcome outcome = attn("bench", "--peer", "torch");

    assertThat(outcome.code()).isEqualTo(4);
    assertThat(outcome.output()).isEmpty();
    assertThat(outcome.errors())
        .contains("--peer needs libtorch and ONNX Runtime")
        .contains("  org.bytedeco:pytorch:jar:linux-x86_64:2.10.0-1.5.13")
        .contains("network connection");
    assertThat(attn("bench").errors()).doesNotContain("building");
  }

  @Test
  void a_module_that_does_not_build_is_our_mistake() throws Exception {
    stubMaven(
        APPLICATION + "\ncase \"$*\" in *-Ppeers*) echo 'cannot find symbol'; exit 1 ;; esac");

    Outcome outcome = attn("bench", "--peer", "torch");

    assertThat(outcome.code()).isEqualTo(70);
    assertThat(outcome.errors()).contains("cannot find symbol");
    Path jar = checkout.resolve("bench/peers/target/app/attn4j-peers.jar");
    assertThat(Files.exists(jar)).isFalse();
  }
}
