package io.github.attn4j.bench.ab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionSourceTest {
  @TempDir private Path folder = Path.of("");
  private Path checkout = Path.of("");
  private Path cache = Path.of("");

  @BeforeEach
  void makeCheckoutOfTwoCommits() throws Exception {
    checkout = Files.createDirectories(folder.resolve("checkout"));
    cache = folder.resolve("cache");
    run("git", "init", "-q");
    run("git", "config", "user.email", "nobody@example.org");
    run("git", "config", "user.name", "nobody");
    for (String version : List.of("one", "two")) {
      new FakeVersion(checkout, version, folder.resolve("log"));
      Files.writeString(checkout.resolve("version"), version);
      run("git", "add", "-A");
      run("git", "commit", "-q", "-m", version);
    }
  }

  private void run(String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(List.of(command)));
    builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
    assertThat(builder.directory(checkout.toFile()).start().waitFor()).isZero();
  }

  private Version version(String name) {
    try (VersionSource source = new VersionSource(checkout, cache)) {
      return source.lay(source.find(name));
    }
  }

  private static String content(Version version) throws IOException {
    return Files.readString(version.folder().resolve("version"));
  }

  @Test
  void aRevisionGetsAWorktreeOfItsOwnAndKeepsIt() throws Exception {
    Version before = version("HEAD~1");
    assertThat(content(before)).isEqualTo("one");
    assertThat(before.folder()).hasParent(cache.toAbsolutePath());
    assertThat(before.origin()).contains("commit ", "built by its own ./attn in the worktree");
    Files.writeString(checkout.resolve(".git/info/exclude"), "built\n");
    Files.writeString(before.folder().resolve("built"), "");
    assertThat(version("HEAD~1").folder().resolve("built")).exists();
    assertThat(content(version("HEAD"))).isEqualTo("two");
    assertThat(Files.readString(checkout.resolve("version"))).isEqualTo("two");
  }

  @Test
  void aWorktreeThatWasTamperedWithOrDeletedIsMadeAnew() throws Exception {
    Version before = version("HEAD~1");
    Files.writeString(before.folder().resolve("version"), "changed");
    assertThat(content(version("HEAD~1"))).isEqualTo("one");
    try (var files = Files.walk(before.folder())) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    assertThat(content(version("HEAD~1"))).isEqualTo("one");
  }

  @Test
  void theRepositorysHooksDoNotRun() throws Exception {
    Path hook = Files.createDirectories(checkout.resolve(".git/hooks")).resolve("post-checkout");
    Files.writeString(hook, "#!/bin/sh\ntouch '%s'\n".formatted(folder.resolve("hooked")));
    assertThat(hook.toFile().setExecutable(true)).isTrue();
    run("git", "checkout", "-q", "HEAD");
    assertThat(folder.resolve("hooked")).as("the hook works").exists();
    Files.delete(folder.resolve("hooked"));
    Version before = version("HEAD~1");
    version("HEAD~1"); // checks out anew what is there
    assertThat(content(before)).isEqualTo("one");
    assertThat(folder.resolve("hooked")).doesNotExist();
  }

  /** As git leaves it where it is killed: registered, locked and half checked out. */
  @Test
  void whatAKilledRunLeftHalfMadeIsMadeAnewAtTheNextStart() throws Exception {
    Version before = version("HEAD~1");
    Files.delete(cache.resolve(before.folder().getFileName() + ".whole"));
    Files.delete(before.folder().resolve("version"));
    run("git", "worktree", "lock", before.folder().toString());
    Path draft = Files.createDirectories(cache.resolve("." + UUID.randomUUID()));
    Path stranger = Files.createDirectories(cache.resolve("notes"));
    assertThat(content(version("HEAD"))).isEqualTo("two");
    assertThat(before.folder()).doesNotExist();
    assertThat(checkout.resolve(".git/worktrees"))
        .isDirectoryNotContaining(
            path -> path.getFileName().toString().equals(before.folder().getFileName().toString()));
    assertThat(draft).doesNotExist();
    assertThat(stranger).exists();
    assertThat(content(version("HEAD~1"))).isEqualTo("one");
  }

  @Test
  void aFileThatCameToAWorktreeIsGoneAtTheNextUseAndItsBuildIsNot() throws Exception {
    Version before = version("HEAD~1");
    Path source = Files.createDirectories(before.folder().resolve("more")).resolve("Added.java");
    Files.writeString(source, "class Added {}");
    Files.writeString(checkout.resolve(".git/info/exclude"), "target/\n");
    Path built = Files.createDirectories(before.folder().resolve("target")).resolve("built");
    Files.writeString(built, "");
    assertThat(content(version("HEAD~1"))).isEqualTo("one");
    assertThat(source).doesNotExist();
    assertThat(built).exists();
  }

  /** The mark goes first, and the folder's .git may go before the rest of it. */
  @Test
  void whatAKilledRunLeftHalfDeletedIsMadeAnew() throws Exception {
    Version before = version("HEAD~1");
    Files.delete(cache.resolve(before.folder().getFileName() + ".whole"));
    Files.delete(before.folder().resolve(".git"));
    assertThat(content(version("HEAD~1"))).isEqualTo("one");
    assertThat(before.folder().resolve(".git")).exists();
  }

  /** A cache of a CI server's brings folders back, but not what git knew of them. */
  @Test
  void aWorktreeThatGitHasForgottenIsMadeAnew() throws Exception {
    Version before = version("HEAD~1");
    try (var files = Files.walk(checkout.resolve(".git/worktrees"))) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    Files.writeString(before.folder().resolve("version"), "changed");
    assertThat(content(version("HEAD~1"))).isEqualTo("one");
  }

  /** The cache lies in the checkout, which git would take for a folder without .git of its own. */
  @Test
  void aWorktreeThatLostItsGitFileIsRefusedAndTheCheckoutAroundItStaysAsItIs() throws Exception {
    cache = checkout.resolve(".attn/versions");
    Version here = version("HEAD");
    Files.delete(here.folder().resolve(".git"));
    Files.writeString(checkout.resolve("version"), "not committed yet");
    assertThatThrownBy(() -> version("HEAD"))
        .isInstanceOf(io.github.attn4j.core.kernel.BackendException.Unavailable.class)
        .hasMessageContaining("already exists");
    assertThat(Files.readString(checkout.resolve("version"))).isEqualTo("not committed yet");
  }

  @Test
  void aLockThatGitLeftInAWorktreeDoesNotBarIt() throws Exception {
    Version before = version("HEAD~1");
    Path administration;
    try (var all = Files.list(checkout.resolve(".git/worktrees"))) {
      administration = all.findFirst().orElseThrow();
    }
    Files.writeString(administration.resolve("index.lock"), "");
    Files.writeString(before.folder().resolve("version"), "changed");
    assertThat(content(version("HEAD~1"))).isEqualTo("one");
  }

  @Test
  void aCacheThatAnotherRunHoldsIsRefusedWithItsProcess() {
    try (VersionSource one = new VersionSource(checkout, cache);
        VersionSource other = new VersionSource(checkout, cache)) {
      one.lay(one.find("HEAD"));
      VersionSource.Found found = other.find("HEAD~1");
      assertThatThrownBy(() -> other.lay(found))
          .isInstanceOf(java.io.UncheckedIOException.class)
          .hasMessageContaining("another ./attn ab works in " + cache.toAbsolutePath())
          .hasMessageContaining("process " + ProcessHandle.current().pid() + ", since ")
          .hasMessageContaining("choose another --cache");
    }
    assertThat(version("HEAD~1").folder()).exists();
  }

  @Test
  void aFolderIsTakenAsItIs() throws Exception {
    Version here = version(checkout.toString());
    assertThat(here.folder()).isEqualTo(checkout.toAbsolutePath());
    assertThat(cache).doesNotExist();
  }

  @Test
  void aBundlesTarballIsUnpackedOnce() throws Exception {
    Path tarball = folder.resolve("attn4j.tar.gz");
    assertThat(
            new ProcessBuilder(
                    "tar", "-czf", tarball.toString(), "-C", folder.toString(), "checkout")
                .start()
                .waitFor())
        .isZero();
    Version unpacked = version(tarball.toString());
    assertThat(content(unpacked)).isEqualTo("two");
    Files.writeString(unpacked.folder().resolve("mark"), "");
    assertThat(version(tarball.toString()).folder().resolve("mark")).exists();
  }

  @Test
  void whatIsNoneOfTheseIsNamedWithAllThatItCouldHaveBeen() {
    try (VersionSource source = new VersionSource(checkout, cache);
        VersionSource bundle = new VersionSource(null, cache)) {
      assertThatThrownBy(() -> source.find("no-such-thing"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'no-such-thing' is no folder with ./attn in it")
          .hasMessageContaining("no revision of " + checkout);
      assertThatThrownBy(() -> bundle.find("HEAD"))
          .hasMessageContaining("no revision of a checkout, for this is none");
      assertThatThrownBy(() -> source.find("--all")).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
