package io.github.attn4j.model;

import io.github.attn4j.model.onnx.OnnxNode;
import java.util.List;
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

  private static final String SELF = "/encoder/layer.0/attention/self/";

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
    OnnxGraph graph = new OnnxGraph(nodes);
    return new LayerZeroNames(
        graph.table("/embeddings/word_embeddings/Gather"),
        graph.table("/embeddings/position_embeddings/Gather"),
        graph.table("/embeddings/token_type_embeddings/Gather"),
        graph.parameter("/embeddings/LayerNorm/Mul", "Mul"),
        graph.parameter("/embeddings/LayerNorm/Add_1", "Add"),
        graph.projection(SELF + "query"),
        graph.projection(SELF + "key"),
        graph.projection(SELF + "value"));
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
}
