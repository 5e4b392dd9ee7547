package io.github.attn4j.core.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TuningFileTest {
  private static final TuningRecord RECORD = TunableVariant.RECORD;

  @TempDir private Path folder;
  private final List<String> complaints = new ArrayList<>();

  private TuningFile file() {
    return new TuningFile(folder.resolve("deep/tuning.json"));
  }

  private static TuningRecord withTuning(String tuning, String driver) {
    return new TuningRecord(
        RECORD.backend(),
        RECORD.device(),
        driver,
        RECORD.computeUnits(),
        RECORD.kernel(),
        RECORD.source(),
        RECORD.shapes(),
        tuning,
        RECORD.nanos(),
        RECORD.defaultTuning(),
        RECORD.defaultNanos(),
        RECORD.speedup(),
        RECORD.speedupLow(),
        RECORD.complete(),
        RECORD.measuredOn(),
        RECORD.measuredAt());
  }

  @Test
  void recordsComeBackAsTheyWentIn() {
    assertThat(file().records(complaints::add)).isEmpty();
    file().put(RECORD, complaints::add);
    TuningRecord other = withTuning("COLUMN=1 ROW=2", "driver 2");
    file().put(other, complaints::add);
    assertThat(file().records(complaints::add)).containsExactly(RECORD, other);
    assertThat(complaints).isEmpty();
    assertThat(folder.resolve("deep")).isDirectoryContaining("glob:**tuning.json");
  }

  @Test
  void aNewRecordTakesThePlaceOfItsPredecessorAndOfNoOther() {
    TuningRecord ofOtherDriver = withTuning("COLUMN=1 ROW=2", "driver 2");
    file().write(List.of(RECORD, ofOtherDriver));
    TuningRecord newer = withTuning("COLUMN=4 ROW=1", RECORD.driver());
    file().put(newer, complaints::add);
    assertThat(file().records(complaints::add)).containsExactly(ofOtherDriver, newer);
  }

  @Test
  void whatIsForgottenIsGoneAndCounted() {
    file().write(List.of(RECORD, withTuning("COLUMN=1 ROW=2", "driver 2")));
    assertThat(file().forget(record -> record.driver().equals("driver 2"), complaints::add))
        .isEqualTo(1);
    assertThat(file().records(complaints::add)).containsExactly(RECORD);
    assertThat(file().forget(record -> false, complaints::add)).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{ \"schemaVersion\" : 1, \"records\" : [ {",
        "[]",
        "null",
        "{ \"schemaVersion\" : 3, \"records\" : [] }",
        "{ \"schemaVersion\" : 1 }"
      })
  void aFileThatIsNoDatabaseCostsAWord(String text) throws IOException {
    Path path = Files.writeString(folder.resolve("tuning.json"), text);
    assertThat(new TuningFile(path).records(complaints::add)).isEmpty();
    assertThat(complaints)
        .singleElement()
        .asString()
        .contains(path.toString())
        .contains("no tuning of")
        .contains("./attn tune");
  }

  @Test
  void aFileOfVersionOneIsOfFloat32() throws IOException {
    file().write(List.of(RECORD));
    String old =
        Files.readString(file().path())
            .replace("\"schemaVersion\" : 2", "\"schemaVersion\" : 1")
            .replaceAll(",\\s*\"(queryType|keyValueType)\" : \"F32\"", "")
            .replaceAll(",\\s*\"paged\" : false", "");
    assertThat(old).doesNotContain("F32").doesNotContain("paged");
    Files.writeString(file().path(), old);
    assertThat(file().records(complaints::add)).containsExactly(RECORD);
    assertThat(complaints).isEmpty();
  }

  @Test
  void aCorruptRecordIsNamedAndTheOthersStay() throws IOException {
    file().write(List.of(RECORD, withTuning("COLUMN=1 ROW=2", "driver 2")));
    String text = Files.readString(file().path());
    Files.writeString(
        file().path(),
        text.replaceFirst("\"tuning\" : \"COLUMN=4 ROW=2\"", "\"tuning\" : \"COLUMN=four\""));
    assertThat(file().records(complaints::add)).hasSize(1);
    assertThat(complaints)
        .singleElement()
        .asString()
        .contains("record 1 (abacus:beads) of " + file().path())
        .contains("COLUMN=four")
        .contains("./attn tune");
  }

  @ParameterizedTest
  @CsvSource({
    "'\"nanos\" : 90.0,', ''",
    "'\"nanos\" : 90.0', '\"nanos\" : -1'",
    "'\"driver\" : \"driver 1\"', '\"driver\" : null'",
    "'\"masking\" : \"FULL\"', '\"masking\" : \"SOME\"'"
  })
  void aRecordThatLacksOrContradictsSomethingIsNoRecord(String text, String replacement)
      throws IOException {
    file().write(List.of(RECORD));
    String before = Files.readString(file().path());
    assertThat(before).contains(text);
    Files.writeString(file().path(), before.replace(text, replacement));
    assertThat(file().records(complaints::add)).isEmpty();
    assertThat(complaints).hasSize(1);
  }

  @Test
  void whatCouldNotBeReadIsCopiedBeforeItIsWrittenOver() throws IOException {
    Files.createDirectories(file().path().getParent());
    Files.writeString(file().path(), "half a da");
    file().put(RECORD, complaints::add);
    assertThat(file().records(complaints::add)).containsExactly(RECORD);
    Path copy = folder.resolve("deep/tuning.json.unreadable");
    assertThat(copy).hasContent("half a da");
    assertThat(complaints).anySatisfy(line -> assertThat(line).contains(copy.toString()));
  }

  /** In place it could be half written when the tuner is interrupted; a rename is another file. */
  @Test
  void throughALinkItsFileIsReplacedWhole() throws IOException {
    Path real = Files.writeString(folder.resolve("dotfile.json"), "old");
    Path hardLink = Files.createLink(folder.resolve("old.json"), real);
    Path link = Files.createSymbolicLink(folder.resolve("tuning.json"), real);
    new TuningFile(link).write(List.of(RECORD));
    assertThat(link).isSymbolicLink();
    assertThat(new TuningFile(real).records(complaints::add)).containsExactly(RECORD);
    assertThat(hardLink).hasContent("old");
  }

  @Test
  void aFolderInItsPlaceIsNamed() throws IOException {
    Path path = Files.createDirectories(folder.resolve("tuning.json"));
    assertThat(new TuningFile(path).records(complaints::add)).isEmpty();
    assertThat(complaints).singleElement().asString().contains(path.toString());
    assertThatThrownBy(() -> new TuningFile(path).write(List.of(RECORD)))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(path.toString());
  }

  /** Puts records into a file, beside others that do: the main class of a JVM of its own. */
  static final class Writer {
    private static final int RECORDS = 40;

    private Writer() {}

    /** Takes the file and a name, says that it is there, and begins when it is told to. */
    public static void main(String[] arguments) throws IOException {
      System.out.println("ready");
      assertThat(System.in.read()).isPositive();
      write(Path.of(arguments[0]), arguments[1]);
    }

    static void write(Path path, String name) {
      for (int i = 0; i < RECORDS; i++) {
        new TuningFile(path)
            .put(
                withTuning("COLUMN=1 ROW=2", name + i),
                line -> {
                  throw new AssertionError(line);
                });
      }
    }

    static List<String> drivers(String name) {
      return IntStream.range(0, RECORDS).mapToObj(i -> name + i).toList();
    }
  }

  @Test
  void ofTwoProcessesThatWriteAtTheSameMomentNeitherLosesARecord() throws Exception {
    List<String> names = List.of("one ", "other ");
    List<Process> processes = new ArrayList<>();
    try {
      for (String name : names) {
        processes.add(
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Writer.class.getName(),
                    file().path().toString(),
                    name)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
      }
      for (Process process : processes) {
        assertThat(process.inputReader().readLine()).isEqualTo("ready");
      }
      for (Process process : processes) {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
      }
      for (Process process : processes) {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
      }
    } finally {
      processes.forEach(Process::destroyForcibly);
    }
    assertThat(file().records(complaints::add))
        .extracting(TuningRecord::driver)
        .containsExactlyInAnyOrderElementsOf(
            names.stream().flatMap(name -> Writer.drivers(name).stream()).toList());
  }

  /** A file lock is the whole process's: the second thread would be refused it. */
  @Test
  void norOfTwoThreadsOneOfThemThroughALink() throws Exception {
    file().write(List.of());
    Path link = Files.createSymbolicLink(folder.resolve("link.json"), file().path());
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<?> one = threads.submit(() -> Writer.write(file().path(), "one "));
      Future<?> other = threads.submit(() -> Writer.write(link, "other "));
      one.get();
      other.get();
    }
    assertThat(file().records(complaints::add)).hasSize(2 * Writer.RECORDS);
    assertThat(folder).isDirectoryNotContaining("glob:**.lock");
    assertThat(folder.resolve("deep/.tuning.json.lock")).isEmptyFile();
  }

  @Test
  void aLockThatCannotBeHadIsNamedAndNothingIsWritten() throws IOException {
    Path lock = Files.createDirectories(folder.resolve("deep/.tuning.json.lock"));
    assertThatThrownBy(() -> file().put(RECORD, complaints::add))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("cannot lock " + file().path())
        .hasMessageContaining(lock.toString())
        .hasMessageContaining("--tuning-file");
    assertThat(file().path()).doesNotExist();
  }

  @Test
  void whereThereIsNoFileForgettingMakesNone() {
    assertThat(file().forget(record -> true, complaints::add)).isZero();
    assertThat(folder.resolve("deep")).doesNotExist();
  }

  @Test
  void theUsersFileFollowsTheEnvironment() {
    String home = System.getProperty("user.home");
    assertThat(TuningFile.ofUser("/x/t.json", "/c").path()).isEqualTo(Path.of("/x/t.json"));
    assertThat(TuningFile.ofUser(" ", "/c").path()).isEqualTo(Path.of("/c/attn4j/tuning.json"));
    assertThat(TuningFile.ofUser(null, null).path())
        .isEqualTo(Path.of(home, ".config/attn4j/tuning.json"));
  }
}
