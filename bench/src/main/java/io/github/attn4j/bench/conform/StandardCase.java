package io.github.attn4j.bench.conform;

import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.model.onnx.OnnxModel;
import io.github.attn4j.model.onnx.OnnxNode;
import io.github.attn4j.model.onnx.OnnxTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One data set of a node test in the layout of ONNX's backend tests: a model of one {@code
 * Attention} node, its inputs, and the outputs that the standard expects.
 *
 * @param name of the case, for tables
 * @param source the data set's folder, for messages
 * @param opset version of ONNX's operators that the model asks for
 * @param node the operator with its attributes
 * @param inputs by the operator's own names, {@link #INPUTS}; without those that are absent
 * @param outputs likewise, by {@link #OUTPUTS}
 */
record StandardCase(
    String name,
    Path source,
    long opset,
    OnnxNode node,
    Map<String, OnnxTensor> inputs,
    Map<String, OnnxTensor> outputs) {
  static final String Q = "Q";
  static final String K = "K";
  static final String V = "V";
  static final String MASK = "attn_mask";
  static final String PAST_KEY = "past_key";
  static final String PAST_VALUE = "past_value";
  static final String KEY_LENGTHS = "nonpad_kv_seqlen";
  static final String Y = "Y";
  static final String PRESENT_KEY = "present_key";
  static final String PRESENT_VALUE = "present_value";
  static final String SCORES = "qk_matmul_output";

  /** The operator's inputs by position. */
  static final List<String> INPUTS = List.of(Q, K, V, MASK, PAST_KEY, PAST_VALUE, KEY_LENGTHS);

  /** The operator's outputs by position. */
  static final List<String> OUTPUTS = List.of(Y, PRESENT_KEY, PRESENT_VALUE, SCORES);

  private static final String MODEL = "model.onnx";
  private static final String DATA_SET = "test_data_set_";

  /**
   * Case folders in or below a folder: those with a {@value #MODEL}, in the order of their names.
   *
   * @throws InvalidFileException if there is no such folder
   */
  static List<Path> folders(Path root) {
    if (!Files.isDirectory(root)) {
      throw new InvalidFileException(
          root, "is no folder: name one with a model.onnx, or with such folders in it");
    }
    try (Stream<Path> below = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
      return below
          .filter(file -> file.endsWith(MODEL))
          .map(file -> file.resolveSibling(""))
          .map(Path::normalize)
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      throw new InvalidFileException(root, "cannot be looked through (" + e + ")");
    }
  }

  /**
   * Reads the data sets of a case folder.
   *
   * @throws InvalidFileException naming the file that is broken or absent
   * @throws UncheckedIOException naming the file that cannot be read
   * @throws UnsupportedCaseException if the model is of another operator
   */
  static List<StandardCase> read(Path folder) {
    Path file = folder.resolve(MODEL);
    OnnxModel model = OnnxModel.read(file);
    if (model.nodes().size() != 1) {
      throw new UnsupportedCaseException(
          "a graph of %d nodes: only a single Attention node is run"
              .formatted(model.nodes().size()));
    }
    OnnxNode node = model.nodes().getFirst();
    if (!node.operation().equals("Attention") || !node.domain().isEmpty()) {
      String domain = node.domain().isEmpty() ? "" : node.domain() + ".";
      throw new UnsupportedCaseException(
          "operator %s%s: only ONNX's own Attention is run".formatted(domain, node.operation()));
    }
    Long opset = model.opsets().get("");
    if (opset == null) {
      throw new InvalidFileException(file, "says of no version of ONNX's operators");
    }
    List<Path> dataSets = dataSets(folder);
    List<StandardCase> cases = new ArrayList<>();
    for (Path dataSet : dataSets) {
      String folderName = String.valueOf(folder.getFileName());
      cases.add(
          new StandardCase(
              dataSets.size() == 1 ? folderName : folderName + "/" + dataSet.getFileName(),
              dataSet,
              opset,
              node,
              tensors(dataSet, "input", node.inputs(), INPUTS),
              tensors(dataSet, "output", node.outputs(), OUTPUTS)));
    }
    return cases;
  }

  /** The folder of the model, which tells cases of one name apart; of a generated case its name. */
  Path folder() {
    Path parent = source.getParent();
    return parent != null && String.valueOf(source.getFileName()).startsWith(DATA_SET)
        ? parent
        : source;
  }

  private static List<Path> dataSets(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      List<Path> dataSets =
          entries
              .filter(entry -> String.valueOf(entry.getFileName()).startsWith(DATA_SET))
              .filter(Files::isDirectory)
              .sorted()
              .toList();
      if (dataSets.isEmpty()) {
        throw new InvalidFileException(folder, "has no folder " + DATA_SET + "0 with tensors");
      }
      return dataSets;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder + " (" + e + ")", e);
    }
  }

  /** Files are numbered by the values that are there, not by the operator's positions. */
  private static Map<String, OnnxTensor> tensors(
      Path dataSet, String kind, List<String> values, List<String> roles) {
    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
    for (int position = 0; position < values.size(); position++) {
      String value = values.get(position);
      if (value.isEmpty()) {
        continue;
      }
      if (position >= roles.size()) {
        throw new UnsupportedCaseException(
            "%s %d, %s: Attention is known with %d of them"
                .formatted(kind, position, value, roles.size()));
      }
      Path file = file(dataSet, kind, tensors.size());
      if (!Files.exists(file)) {
        throw new InvalidFileException(
            file, "is missing: it should hold %s, %s of the node".formatted(value, kind));
      }
      OnnxTensor tensor = OnnxTensor.read(file);
      if (!tensor.name().isEmpty() && !tensor.name().equals(value)) {
        throw new InvalidFileException(
            file, "holds %s, where the node has %s".formatted(tensor.name(), value));
      }
      tensors.put(roles.get(position), tensor);
    }
    Path next = file(dataSet, kind, tensors.size());
    if (Files.exists(next)) {
      throw new InvalidFileException(
          next, "is one more than the node's %d %ss".formatted(tensors.size(), kind));
    }
    return tensors;
  }

  private static Path file(Path dataSet, String kind, int index) {
    return dataSet.resolve("%s_%d.pb".formatted(kind, index));
  }
}
