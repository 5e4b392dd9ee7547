package io.github.attn4j.bench.conform;

import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.model.onnx.OnnxModel;
import io.github.attn4j.model.onnx.OnnxNode;
import io.github.attn4j.model.onnx.OnnxTensor;
import io.github.attn4j.model.onnx.OnnxType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What reads ONNX files, given any bytes: each method says whether they were taken, and throws
 * nothing but what is a finding.
 */
public final class FuzzedOnnx {
  private static final String MODEL = "model.onnx";
  private static final List<String> KINDS = List.of("input", "output");
  private static final int LENGTH_BYTES = 2;

  private FuzzedOnnx() {}

  /** A model and its nodes' attributes. */
  public static boolean takesModel(byte[] data) {
    OnnxModel model;
    try {
      model = OnnxModel.parse(Path.of(MODEL), data);
    } catch (InvalidFileException documented) {
      return false;
    }
    for (OnnxNode node : model.nodes()) {
      try {
        AttentionAttributes.of(node, model.opsets().getOrDefault("", 0L));
      } catch (UnsupportedCaseException documented) {
        // Named.
      }
    }
    return true;
  }

  /** A tensor and its elements. */
  public static boolean takesTensor(byte[] data) {
    OnnxTensor tensor;
    try {
      tensor = OnnxTensor.parse(Path.of("input_0.pb"), data);
    } catch (InvalidFileException documented) {
      return false;
    }
    OnnxType type = OnnxType.of(tensor.typeCode()).orElse(null);
    int read =
        switch (type) {
          case FLOAT, FLOAT16, BFLOAT16 -> tensor.floats().length;
          case BOOL -> tensor.booleans().length;
          case INT64 -> tensor.longs().length;
          case null, default -> tensor.size();
        };
    if (read != tensor.size() || tensor.typeLabel().isEmpty()) {
      throw new AssertionError("%d elements of %s".formatted(read, tensor));
    }
    return true;
  }

  /**
   * A whole case as far as its spec and inputs.
   *
   * @param folder of its own, which is emptied
   * @param data files one after the other, as {@link #bytesOf} puts them
   */
  public static boolean takesCase(Path folder, byte[] data) {
    try {
      write(folder, data);
    } catch (IOException e) {
      throw new IllegalStateException("no place for a case", e);
    }
    try {
      List<StandardCase> cases = StandardCase.read(folder);
      cases.forEach(AttentionCase::of);
      return !cases.isEmpty();
    } catch (InvalidFileException | UnsupportedCaseException | UncheckedIOException documented) {
      return false; // the last one names a file that is not there
    }
  }

  /**
   * The files of a case folder: for each what it is (0 model, 1 input, 2 output), its length, and
   * its bytes.
   */
  static byte[] bytesOf(Path folder) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    put(all, 0, folder.resolve(MODEL));
    for (String kind : KINDS) {
      Path file = file(folder, kind, 0);
      for (int i = 0; Files.exists(file); file = file(folder, kind, ++i)) {
        put(all, 1 + KINDS.indexOf(kind), file);
      }
    }
    return all.toByteArray();
  }

  private static void put(ByteArrayOutputStream to, int kind, Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    to.write(kind);
    to.write(bytes.length >> Byte.SIZE);
    to.write(bytes.length);
    to.write(bytes);
  }

  private static Path file(Path folder, String kind, int index) {
    return folder.resolve("test_data_set_0").resolve("%s_%d.pb".formatted(kind, index));
  }

  private static void write(Path folder, byte[] data) throws IOException {
    Path dataSet = Files.createDirectories(folder.resolve("test_data_set_0"));
    try (Stream<Path> old = Files.list(dataSet)) {
      for (Path file : old.toList()) {
        Files.delete(file);
      }
    }
    Files.deleteIfExists(folder.resolve(MODEL));
    Map<String, Integer> counts = new HashMap<>();
    int at = 0;
    while (at + 1 + LENGTH_BYTES <= data.length) {
      int kind = data[at] & 0xff;
      int length = (data[at + 1] & 0xff) << Byte.SIZE | (data[at + 2] & 0xff);
      at += 1 + LENGTH_BYTES;
      byte[] bytes = Arrays.copyOfRange(data, at, Math.min(data.length, at + length));
      at += length;
      if (kind == 0) {
        Files.write(folder.resolve(MODEL), bytes);
      } else {
        String name = KINDS.get((kind + 1) % 2);
        Files.write(file(folder, name, counts.merge(name, 1, Math::addExact) - 1), bytes);
      }
    }
  }
}
