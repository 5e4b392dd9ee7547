package io.github.attn4j.core.tuning;

import io.github.attn4j.core.report.AtomicFile;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.spec.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The tuner's database: a JSON file of the user's. What cannot be read costs a word, never a run:
 * without a record kernels run as they ship. Written whole or not at all, and by one tuner at a
 * time: who changes it holds the lock of an empty file beside it. That file stays where it is,
 * since another may be waiting for its lock.
 *
 * @param path of the file, which need not exist
 */
public record TuningFile(Path path) {
  /** Version of the file's form: 2 added the types and the pages of a class of shapes. */
  public static final int SCHEMA_VERSION = 2;

  /** The oldest that is read: what it was measured on was float32 in a slot for each sequence. */
  private static final int OLDEST_VERSION = 1;

  /** Variable that names another file, for tests and for machines without a home. */
  public static final String VARIABLE = "ATTN_TUNING_FILE";

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  /** File locks are a process's and tell its threads not apart. */
  private static final ReentrantLock THREADS = new ReentrantLock();

  /** What the file holds. */
  private record Content(int schemaVersion, List<TuningRecord> records) {}

  /**
   * The user's: what {@value #VARIABLE} says, or {@code attn4j/tuning.json} under {@code
   * XDG_CONFIG_HOME} or {@code ~/.config}.
   */
  public static TuningFile ofUser() {
    return ofUser(System.getenv(VARIABLE), System.getenv("XDG_CONFIG_HOME"));
  }

  static TuningFile ofUser(@Nullable String chosen, @Nullable String configuration) {
    if (chosen != null && !chosen.isBlank()) {
      return new TuningFile(Path.of(chosen));
    }
    Path base =
        configuration == null || configuration.isBlank()
            ? Path.of(System.getProperty("user.home"), ".config")
            : Path.of(configuration);
    return new TuningFile(base.resolve("attn4j").resolve("tuning.json"));
  }

  /**
   * The records that can be read; none where there is no file.
   *
   * @param complaints hears of what cannot be read, with the file, the record and the way out
   */
  public List<TuningRecord> records(Consumer<String> complaints) {
    if (!Files.exists(path)) {
      return List.of();
    }
    try {
      return parse(Files.readString(path), path.toString(), complaints);
    } catch (IOException e) {
      complaints.accept(
          "no tuning of %s is used: it cannot be read (%s). Make it readable, or remove it and run ./attn tune"
              .formatted(path, e));
      return List.of();
    }
  }

  /**
   * The records of a text.
   *
   * @param name of the file it comes from, for messages
   * @param complaints as for {@link #records}
   */
  public static List<TuningRecord> parse(String text, String name, Consumer<String> complaints) {
    JsonNode tree;
    try {
      tree = MAPPER.readTree(text);
    } catch (JacksonException e) {
      complaints.accept(
          "no tuning of %s is used: it is no JSON (%s). Remove it, or run ./attn tune, which keeps a copy"
              .formatted(name, JsonReport.where(e)));
      return List.of();
    }
    JsonNode version = tree.path("schemaVersion");
    int number = version.asInt(0);
    if (number < OLDEST_VERSION || number > SCHEMA_VERSION || !tree.path("records").isArray()) {
      complaints.accept(
          "no tuning of %s is used: its schemaVersion is %s and not %d to %d, or it has no records. Remove it, or run ./attn tune, which keeps a copy"
              .formatted(name, version, OLDEST_VERSION, SCHEMA_VERSION));
      return List.of();
    }
    if (number == OLDEST_VERSION) {
      tree.path("records").forEach(TuningFile::putTypes);
    }
    return records(tree, name, complaints);
  }

  private static void putTypes(JsonNode record) {
    if (record.path("shapes") instanceof ObjectNode shapes) {
      shapes.put("queryType", ElementType.F32.name());
      shapes.put("keyValueType", ElementType.F32.name());
      shapes.put("paged", false);
    }
  }

  private static List<TuningRecord> records(
      JsonNode tree, String name, Consumer<String> complaints) {
    List<TuningRecord> records = new ArrayList<>();
    int number = 0;
    for (JsonNode record : tree.path("records")) {
      number++;
      try {
        records.add(MAPPER.treeToValue(record, TuningRecord.class));
      } catch (JacksonException e) {
        complaints.accept(
            "record %d (%s) of %s is not used: %s. ./attn tune measures it anew"
                .formatted(
                    number, record.path("kernel").asString("?"), name, e.getOriginalMessage()));
      }
    }
    return records;
  }

  /**
   * Adds a record in place of the one it {@linkplain TuningRecord#replaces replaces}.
   *
   * @param complaints hears what becomes of a file that cannot be read
   * @throws UncheckedIOException naming the file if it cannot be locked or written
   */
  public void put(TuningRecord record, Consumer<String> complaints) {
    alone(() -> {
      List<TuningRecord> kept = new ArrayList<>(readToChange(complaints));
      kept.removeIf(record::replaces);
      kept.add(record);
      write(kept);
      return kept.size();
    });
  }

  /**
   * Removes records; says how many there were.
   *
   * @throws UncheckedIOException naming the file if it cannot be locked or written
   */
  public int forget(Predicate<TuningRecord> which, Consumer<String> complaints) {
    if (!Files.exists(path)) {
      return 0; // no reason to make a folder and a lock in it
    }
    return alone(() -> {
      List<TuningRecord> kept = new ArrayList<>(readToChange(complaints));
      int before = kept.size();
      kept.removeIf(which);
      if (kept.size() < before) {
        write(kept);
      }
      return before - kept.size();
    });
  }

  /** From what is read to what is written of it, no other process or thread changes the file. */
  private int alone(IntSupplier change) {
    Path target = target().toAbsolutePath(); // one lock for all links to a file
    Path lock = target.resolveSibling("." + target.getFileName() + ".lock");
    THREADS.lock();
    try {
      Files.createDirectories(lock.getParent());
      try (FileChannel channel =
              FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock _ = channel.lock()) {
        return change.getAsInt();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot lock %s by %s (%s): choose a file in a folder that can be written and locked (--tuning-file, %s)"
              .formatted(path, lock, e, VARIABLE),
          e);
    } finally {
      THREADS.unlock();
    }
  }

  /**
   * Finds out before a search whether what it finds can be kept.
   *
   * @throws UncheckedIOException naming the file if it cannot
   */
  public void requireWritable() {
    try {
      if (Files.isDirectory(path)) {
        throw new IOException("it is a folder");
      }
      Path folder = path.toAbsolutePath().getParent();
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, ".tuning", ".probe"));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write %s (%s): choose a file in a folder that can be written (--tuning-file, %s)"
              .formatted(path, e, VARIABLE),
          e);
    }
  }

  /** Writes these records and no others. */
  public void write(List<TuningRecord> records) {
    AtomicFile.write(target(), text(records));
  }

  /** Through a link, such as from a folder of dotfiles, its file is replaced and the link stays. */
  private Path target() {
    try {
      return Files.isSymbolicLink(path) && Files.isRegularFile(path) ? path.toRealPath() : path;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot follow the link %s (%s)".formatted(path, e), e);
    }
  }

  static String text(List<TuningRecord> records) {
    return MAPPER.writeValueAsString(new Content(SCHEMA_VERSION, records)) + "\n";
  }

  /** What is about to be overwritten and could not be read whole is somebody's: it is copied. */
  private List<TuningRecord> readToChange(Consumer<String> complaints) {
    List<String> unreadable = new ArrayList<>();
    List<TuningRecord> records = records(unreadable::add);
    if (!unreadable.isEmpty()) {
      Path copy = path.resolveSibling(path.getFileName() + ".unreadable");
      try {
        Files.copy(path, copy, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new UncheckedIOException(
            "cannot copy %s, parts of which cannot be read, to %s (%s): remove it"
                .formatted(path, copy, e),
            e);
      }
      unreadable.forEach(complaints);
      complaints.accept("%s as it was is kept as %s".formatted(path, copy));
    }
    return records;
  }
}
