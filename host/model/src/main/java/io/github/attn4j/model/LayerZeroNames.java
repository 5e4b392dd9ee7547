package io.github.attn4j.model;

import io.github.attn4j.model.onnx.OnnxNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The tensors that layer 0's projections need, by their names in the ONNX file.
 *
 * <p>The exporter kept the names of embeddings and biases, but folded and transposed the projection
 * matrices into anonymous tensors such as {@code onnx::MatMul_787}, whose numbers change with every
 * export. So nothing is looked up by tensor name: each is the operand of a node, and the nodes'
 * names follow the model's own module tree.
 */
record LayerZeroNames(
    String wordEmbeddings,
    String positionEmbeddings,
    String typeEmbeddings,
    String normWeight,
    String normBias,
    ProjectionNames query,
    ProjectionNames key,
    ProjectionNames value) {

  /**
   * One projection.
   *
   * @param weight tensor [hidden in, hidden out]
   * @param bias tensor [hidden out]
   * @param output the graph's value after the bias is added
   */
  record ProjectionNames(String weight, String bias, String output) {}

  /**
   * Finds the names.
   *
   * @throws ModelLoadException if a node is missing or has no operand of its own; names the node
   */
  static LayerZeroNames find(List<OnnxNode> nodes) {
    Graph graph = new Graph(nodes);
    return new LayerZeroNames(
        graph.table("/embeddings/word_embeddings/Gather"),
        graph.table("/embeddings/position_embeddings/Gather"),
        graph.table("/embeddings/token_type_embeddings/Gather"),
        graph.parameter("/embeddings/LayerNorm/Mul", "Mul"),
        graph.parameter("/embeddings/LayerNorm/Add_1", "Add"),
        graph.projection("query"),
        graph.projection("key"),
        graph.projection("value"));
  }

  /** Names of all the tensors. */
  Set<String> tensors() {
    return Set.of(
        wordEmbeddings,
        positionEmbeddings,
        typeEmbeddings,
        normWeight,
        normBias,
        query.weight,
        query.bias,
        key.weight,
        key.bias,
        value.weight,
        value.bias);
  }

  private static final class Graph {
    private final Map<String, OnnxNode> byName = new HashMap<>();
    private final Set<String> produced = new HashSet<>();

    Graph(List<OnnxNode> nodes) {
      for (OnnxNode node : nodes) {
        byName.put(node.name(), node);
        produced.addAll(node.outputs());
      }
    }

    ProjectionNames projection(String role) {
      String path = "/encoder/layer.0/attention/self/" + role;
      return new ProjectionNames(
          parameter(path + "/MatMul", "MatMul"),
          parameter(path + "/Add", "Add"),
          node(path + "/Add", "Add").outputs().getFirst());
    }

    /** The table that a Gather looks rows up in: by the specification its first operand. */
    String table(String nodeName) {
      return node(nodeName, "Gather").inputs().getFirst();
    }

    /** The one operand that no node produces; its place differs between MatMul and Add. */
    String parameter(String nodeName, String operation) {
      List<String> own =
          node(nodeName, operation).inputs().stream()
              .filter(input -> !produced.contains(input))
              .toList();
      if (own.size() != 1) {
        throw new ModelLoadException(
            "Node "
                + nodeName
                + " should have one operand that is stored in the file, it has "
                + own);
      }
      return own.getFirst();
    }

    OnnxNode node(String name, String operation) {
      OnnxNode node = byName.get(name);
      if (node == null) {
        throw new ModelLoadException(
            "The ONNX graph has no node "
                + name
                + " ahead of its tensors ("
                + byName.size()
                + " nodes read): this is not the export of all-MiniLM-L6-v2 that attn4j knows");
      }
      if (!node.operation().equals(operation)
          || node.inputs().size() != 2
          || node.outputs().isEmpty()) {
        throw new ModelLoadException(
            "Node "
                + name
                + " should be a "
                + operation
                + " of two operands, it is a "
                + node.operation()
                + " of "
                + node.inputs());
      }
      return node;
    }
  }
}
