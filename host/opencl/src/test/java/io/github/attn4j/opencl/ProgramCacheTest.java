package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.InputFamily;
import io.github.attn4j.core.run.Evaluation;
import io.github.attn4j.core.run.Evaluator;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Programs on disk: found again, never trusted when damaged, never in the way. */
class ProgramCacheTest {
  private static final AttentionInputs INPUTS =
      AttentionInputs.generate(
          AttentionSpec.builder().heads(2).length(33).dim(8).mask(Mask.causal()).build(),
          InputFamily.NORMAL,
          5);
  private static final Expected EXPECTED = Expected.of(INPUTS);

  @TempDir Path folder;

  /** Ways in which an entry goes bad. */
  enum Damage {
    FLIPPED_BYTE {
      @Override
      byte[] of(byte[] entry) {
        byte[] copy = entry.clone();
        copy[copy.length - 7] ^= 1;
        return copy;
      }
    },
    FLIPPED_DIGEST {
      @Override
      byte[] of(byte[] entry) {
        byte[] copy = entry.clone();
        copy[MAGIC.length()] ^= 1;
        return copy;
      }
    },
    TRUNCATED {
      @Override
      byte[] of(byte[] entry) {
        return Arrays.copyOf(entry, entry.length / 2);
      }
    },
    ONLY_A_HEADER {
      @Override
      byte[] of(byte[] entry) {
        return Arrays.copyOf(entry, MAGIC.length() + 32);
      }
    },
    EMPTY {
      @Override
      byte[] of(byte[] entry) {
        return new byte[0];
      }
    },
    WRONG_MAGIC {
      @Override
      byte[] of(byte[] entry) {
        byte[] copy = entry.clone();
        copy[0] = '?';
        return copy;
      }
    },
    WHOLE_BUT_NO_PROGRAM {
      @Override
      byte[] of(byte[] entry) {
        return entry("no driver takes this for a program".getBytes(StandardCharsets.UTF_8));
      }
    };

    abstract byte[] of(byte[] entry);
  }

  private static final String MAGIC = "attn4j-program-1";

  @ParameterizedTest
  @EnumSource(
      value = OpenClKernel.class,
      names = "FLASH_MMA", // takes other types: FlashMmaTest
      mode = EnumSource.Mode.EXCLUDE)
  void aSecondSessionCompilesNothing(OpenClKernel kernel) {
    assertThat(compiledByOneRun(kernel, folder)).isEqualTo(1);
    assertThat(compiledByOneRun(kernel, folder)).isZero();
  }

  @Test
  void oneSessionCompilesAProgramOnce() {
    try (OpenClSession session = TestDevices.openCaching(folder, KernelSource::load)) {
      requirePassed(session, OpenClKernel.NAIVE);
      requirePassed(session, OpenClKernel.NAIVE);
      assertThat(session.programsCompiled()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(Damage.class)
  void aDamagedEntryIsRebuiltAndReplaced(Damage damage) throws IOException {
    compiledByOneRun(OpenClKernel.NAIVE, folder);
    Path entry = onlyEntry();
    byte[] whole = Files.readAllBytes(entry);
    byte[] damaged = damage.of(whole);
    Files.write(entry, damaged);

    assertThat(compiledByOneRun(OpenClKernel.NAIVE, folder)).as("rebuilt").isEqualTo(1);
    assertThat(onlyEntry()).isEqualTo(entry);
    assertThat(Files.readAllBytes(entry)).isNotEqualTo(damaged);
    assertThat(compiledByOneRun(OpenClKernel.NAIVE, folder)).as("from the new entry").isZero();
  }

  @Test
  void aFolderThatCannotBeMadeCostsOnlyCompilations() throws IOException {
    // Below a regular file, since permissions do not stop a superuser.
    Path impossible = Files.writeString(folder.resolve("file"), "in the way").resolve("programs");
    assertThat(compiledByOneRun(OpenClKernel.NAIVE, impossible)).isEqualTo(1);
    assertThat(compiledByOneRun(OpenClKernel.NAIVE, impossible)).isEqualTo(1);
    assertThat(folder.resolve("file")).hasContent("in the way");
  }

  @Test
  void anEntryThatIsAFolderCostsOnlyCompilations() throws IOException {
    compiledByOneRun(OpenClKernel.NAIVE, folder);
    Path entry = onlyEntry();
    Files.delete(entry);
    Files.createDirectories(entry.resolve("in the way"));
    assertThat(compiledByOneRun(OpenClKernel.NAIVE, folder)).isEqualTo(1);
  }

  @Test
  void otherOptionsAreAnotherEntry() throws IOException {
    try (OpenClSession session = TestDevices.openCaching(folder, KernelSource::load)) {
      String file = OpenClKernel.NAIVE.file();
      assertThat(session.programs().get(file, "-cl-std=CL1.2 -DA=1"))
          .isNotSameAs(session.programs().get(file, "-cl-std=CL1.2 -DA=2"));
      assertThat(session.programsCompiled()).isEqualTo(2);
    }
    assertThat(entries()).hasSize(2);
  }

  @Test
  void otherSourceIsAnotherEntry() throws IOException {
    UnaryOperator<String> edited = file -> KernelSource.load(file) + "\n// edited\n";
    assertThat(compiledByOneRun(OpenClKernel.NAIVE, folder)).isEqualTo(1);
    try (OpenClSession session = TestDevices.openCaching(folder, edited)) {
      requirePassed(session, OpenClKernel.NAIVE);
      assertThat(session.programsCompiled()).isEqualTo(1);
    }
    assertThat(entries()).hasSize(2);
  }

  @Test
  void partsOfAKeyDoNotRunTogether() {
    assertThat(ProgramCache.key(List.of("ab", "c")))
        .isNotEqualTo(ProgramCache.key(List.of("a", "bc")))
        .isEqualTo(ProgramCache.key(List.of("ab", "c")))
        .hasSize(64);
  }

  @Test
  void sessionsShareAFolderAtTheSameTime() throws Exception {
    // PoCL 3.1 crashes where threads meet in its first moments, or in its compiler: what it does
    // once it does here.
    assertThat(compiledByOneRun(OpenClKernel.NAIVE, folder.resolve("before"))).isEqualTo(1);
    Path shared = folder.resolve("shared");
    int sessions = 4;
    CyclicBarrier start = new CyclicBarrier(sessions);
    try (ExecutorService threads = Executors.newFixedThreadPool(sessions)) {
      List<Future<Integer>> runs = new ArrayList<>();
      for (int i = 0; i < sessions; i++) {
        Callable<Integer> run =
            () -> {
              start.await();
              return compiledByOneRun(OpenClKernel.NAIVE, shared);
            };
        runs.add(threads.submit(run));
      }
      for (Future<Integer> run : runs) {
        assertThat(run.get()).isBetween(0, 1);
      }
    }
    assertThat(entries(shared)).as("one entry and no temporary file").hasSize(1);
    assertThat(compiledByOneRun(OpenClKernel.NAIVE, shared)).isZero();
  }

  private static int compiledByOneRun(OpenClKernel kernel, Path cacheFolder) {
    try (OpenClSession session = TestDevices.openCaching(cacheFolder, KernelSource::load)) {
      requirePassed(session, kernel);
      return session.programsCompiled();
    }
  }

  private static void requirePassed(OpenClSession session, OpenClKernel kernel) {
    TestDevices.assumeSupported(kernel, INPUTS.spec(), session);
    assertThat(Evaluator.evaluate(session, kernel, INPUTS, EXPECTED))
        .isInstanceOf(Evaluation.Passed.class);
  }

  private Path onlyEntry() throws IOException {
    List<Path> entries = entries();
    assertThat(entries).hasSize(1);
    return entries.getFirst();
  }

  private List<Path> entries() throws IOException {
    return entries(folder);
  }

  private static List<Path> entries(Path cacheFolder) throws IOException {
    try (Stream<Path> files = Files.list(cacheFolder)) {
      return files.toList();
    }
  }

  /** An entry that is whole, whatever its content. */
  private static byte[] entry(byte[] binary) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(binary);
      byte[] magic = MAGIC.getBytes(StandardCharsets.US_ASCII);
      byte[] entry = Arrays.copyOf(magic, magic.length + digest.length + binary.length);
      System.arraycopy(digest, 0, entry, magic.length, digest.length);
      System.arraycopy(binary, 0, entry, magic.length + digest.length, binary.length);
      return entry;
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
