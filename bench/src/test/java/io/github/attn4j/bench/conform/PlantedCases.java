package io.github.attn4j.bench.conform;

import io.github.attn4j.model.onnx.OnnxAttribute;
import io.github.attn4j.model.onnx.OnnxNode;
import io.github.attn4j.model.onnx.OnnxTensor;
import io.github.attn4j.model.onnx.OnnxType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Generated cases with something about them that nobody knows, or that is wrong. */
public final class PlantedCases {
  private static final StandardCase PLAIN = GeneratedCases.of(7).getFirst();

  private PlantedCases() {}

  private static Path write(Path root, String name, long opset, OnnxNode node) {
    return CaseFiles.write(
        root, new StandardCase(name, root, opset, node, PLAIN.inputs(), PLAIN.outputs()));
  }

  private static OnnxNode node(String operation, List<OnnxAttribute> more) {
    List<OnnxAttribute> attributes = new ArrayList<>(PLAIN.node().attributes());
    attributes.addAll(more);
    return new OnnxNode(
        "", "", operation, PLAIN.node().inputs(), PLAIN.node().outputs(), attributes);
  }

  /** With an attribute more. */
  public static Path withAttribute(Path root, String name, long value) {
    return write(
        root,
        "attribute_" + name,
        PLAIN.opset(),
        node("Attention", List.of(OnnxAttribute.of(name, value))));
  }

  /** Of another version. */
  public static Path ofOpset(Path root, long opset) {
    return write(root, "opset_" + opset, opset, PLAIN.node());
  }

  /** Of another operator. */
  public static Path ofOperator(Path root, String operation) {
    return write(root, "operator_" + operation, PLAIN.opset(), node(operation, List.of()));
  }

  /** Q, K, V and Y of a type that nobody computes, all zero. */
  public static Path ofDoubles(Path root) {
    return altered(
        root,
        "doubles",
        (name, tensor) ->
            tensor.is(OnnxType.FLOAT) || tensor.is(OnnxType.FLOAT16) || tensor.is(OnnxType.BFLOAT16)
                ? new OnnxTensor(
                    tensor.name(),
                    OnnxType.DOUBLE.code(),
                    tensor.shape(),
                    new byte[Double.BYTES * tensor.size()])
                : tensor);
  }

  /** Of a number that no type of ONNX has. */
  public static Path ofUnknownType(Path root) {
    return altered(
        root,
        "unknown_type",
        (name, tensor) ->
            name.equals(StandardCase.Q)
                ? new OnnxTensor(tensor.name(), 99, tensor.shape(), new byte[0])
                : tensor);
  }

  /** With NaN as the expected first element of Y. */
  public static Path expectingNan(Path root) {
    return firstOfY(root, "expects_nan", Float.NaN);
  }

  /** With an expected first element of Y that is off by one. */
  public static Path expectingAnother(Path root) {
    OnnxTensor y = PLAIN.outputs().get(StandardCase.Y);
    return firstOfY(root, "expects_another", y == null ? 0 : y.floats()[0] + 1);
  }

  /** With K of another number of rows than V. */
  public static Path withShortKeys(Path root) {
    return altered(
        root,
        "short_keys",
        (name, tensor) -> {
          if (!name.equals(StandardCase.K)) {
            return tensor;
          }
          List<Integer> shape = new ArrayList<>(tensor.shape());
          int rows = shape.size() - 2;
          shape.set(rows, shape.get(rows) + 1);
          int elements = shape.stream().reduce(1, Math::multiplyExact);
          int width = tensor.raw().length / tensor.size();
          return new OnnxTensor(
              tensor.name(), tensor.typeCode(), shape, new byte[elements * width]);
        });
  }

  private static Path firstOfY(Path root, String folder, float value) {
    return altered(
        root,
        folder,
        (name, tensor) -> {
          if (!name.equals(StandardCase.Y)) {
            return tensor;
          }
          float[] values = tensor.floats();
          values[0] = value;
          OnnxType type = OnnxType.of(tensor.typeCode()).orElseThrow();
          return OnnxTensor.of(tensor.name(), type, tensor.shape(), values);
        });
  }

  private static Path altered(
      Path root, String name, BiFunction<String, OnnxTensor, OnnxTensor> change) {
    return CaseFiles.write(
        root,
        new StandardCase(
            name,
            root,
            PLAIN.opset(),
            PLAIN.node(),
            altered(PLAIN.inputs(), change),
            altered(PLAIN.outputs(), change)));
  }

  private static Map<String, OnnxTensor> altered(
      Map<String, OnnxTensor> tensors, BiFunction<String, OnnxTensor, OnnxTensor> change) {
    Map<String, OnnxTensor> altered = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> altered.put(name, change.apply(name, tensor)));
    return altered;
  }
}
