package io.github.attn4j.model;

import io.github.attn4j.model.LayerZeroNames.ProjectionNames;
import io.github.attn4j.model.onnx.OnnxNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The nodes of an ONNX graph by name, and which of their operands the file stores. The exporter
 * kept the names of embeddings and biases, but folded and transposed matrices into anonymous
 * tensors whose numbers change with every export: each is found as the operand of a node, and the
 * nodes' names follow the model's own module tree.
 */
final class OnnxGraph {
  private final Map<String, OnnxNode> byName = new HashMap<>();
  private final Set<String> produced = new HashSet<>();

  OnnxGraph(List<OnnxNode> nodes) {
    for (OnnxNode node : nodes) {
      byName.put(node.name(), node);
      produced.addAll(node.outputs());
    }
  }

  /** A linear layer: the product and the sum below a path of the module tree. */
  ProjectionNames projection(String path) {
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
