package io.github.attn4j.bench.conform;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.github.attn4j.model.onnx.OnnxAttribute;
import io.github.attn4j.model.onnx.OnnxNode;
import io.github.attn4j.model.onnx.OnnxTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/** Writes cases as folders of ONNX's node tests. */
public final class CaseFiles {
  private CaseFiles() {}

  private interface Fields {
    void write(CodedOutputStream to) throws IOException;
  }

  /** Some generated cases of a seed, each in a folder of its own; returns those. */
  public static List<Path> writeGenerated(Path root, long seed, int count) {
    return GeneratedCases.of(seed).stream()
        .limit(count)
        .map(standard -> write(root, standard))
        .toList();
  }

  static Path write(Path root, StandardCase standard) {
    Path folder = root.resolve(standard.name());
    Path dataSet = folder.resolve("test_data_set_0");
    try {
      Files.createDirectories(dataSet);
      Files.write(folder.resolve("model.onnx"), model(standard.opset(), standard.node()));
      write(dataSet, "input", standard.node().inputs(), standard.inputs()::get);
      write(dataSet, "output", standard.node().outputs(), standard.outputs()::get);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }

  private static void write(
      Path dataSet, String kind, List<String> names, Function<String, OnnxTensor> tensors)
      throws IOException {
    int index = 0;
    for (String name : names) {
      if (!name.isEmpty()) {
        Files.write(
            dataSet.resolve("%s_%d.pb".formatted(kind, index++)), tensor(tensors.apply(name)));
      }
    }
  }

  private static byte[] model(long opset, OnnxNode node) {
    return message(model -> {
      model.writeByteArray(7, message(graph -> graph.writeByteArray(1, node(node))));
      model.writeByteArray(8, message(version -> version.writeInt64(2, opset)));
    });
  }

  private static byte[] node(OnnxNode node) {
    return message(to -> {
      for (String input : node.inputs()) {
        to.writeString(1, input);
      }
      for (String output : node.outputs()) {
        to.writeString(2, output);
      }
      to.writeString(4, node.operation());
      to.writeString(7, node.domain());
      for (OnnxAttribute attribute : node.attributes()) {
        to.writeByteArray(5, attribute(attribute));
      }
    });
  }

  private static byte[] attribute(OnnxAttribute attribute) {
    return message(to -> {
      to.writeString(1, attribute.name());
      switch (attribute.kind()) {
        case FLOAT -> {
          to.writeFloat(2, attribute.number());
          to.writeInt32(20, 1);
        }
        case INT -> {
          to.writeInt64(3, attribute.integer());
          to.writeInt32(20, 2);
        }
        case OTHER -> to.writeInt32(20, 3);
      }
    });
  }

  private static byte[] tensor(OnnxTensor tensor) {
    return message(to -> {
      for (int dimension : tensor.shape()) {
        to.writeInt64(1, dimension);
      }
      to.writeInt32(2, tensor.typeCode());
      to.writeString(8, tensor.name());
      to.writeBytes(9, ByteString.copyFrom(tensor.raw()));
    });
  }

  private static byte[] message(Fields fields) {
    ByteString.Output bytes = ByteString.newOutput();
    try {
      CodedOutputStream to = CodedOutputStream.newInstance(bytes);
      fields.write(to);
      to.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteString().toByteArray();
  }
}
