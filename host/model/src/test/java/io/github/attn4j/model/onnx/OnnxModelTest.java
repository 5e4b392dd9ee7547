package io.github.attn4j.model.onnx;

import static io.github.attn4j.model.OnnxBytes.field;
import static io.github.attn4j.model.OnnxBytes.join;
import static io.github.attn4j.model.OnnxBytes.utf8;
import static io.github.attn4j.model.OnnxBytes.varint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.input.InvalidFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Small models, read as a whole. */
class OnnxModelTest {
  private static final Path FILE = Path.of("model.onnx");
  private static final byte[] ONE = {0, 0, (byte) 0x80, 0x3f};

  private static byte[] number(int field, int value) {
    return join(varint(field << 3), varint(value));
  }

  private static byte[] attribute(String name, int type, byte[]... value) {
    return field(5, join(field(1, utf8(name)), join(value), join(varint(20 << 3), varint(type))));
  }

  private static byte[] model(byte[]... nodeFields) {
    return join(
        field(7, field(1, join(nodeFields))),
        field(8, join(field(1, utf8("")), number(2, 24))),
        field(8, join(field(1, utf8("com.example")), number(2, 1))));
  }

  @Test
  void nodesAttributesAndVersionsAreRead() {
    OnnxModel model =
        OnnxModel.parse(
            FILE,
            model(
                field(1, utf8("Q")),
                field(1, utf8("")),
                field(2, utf8("Y")),
                field(4, utf8("Attention")),
                attribute("is_causal", 2, number(3, 1)),
                attribute("scale", 1, join(varint(2 << 3 | 5), ONE)),
                attribute("mode", 3, field(4, utf8("text")))));
    assertThat(model.opsets()).containsEntry("", 24L).containsEntry("com.example", 1L);
    OnnxNode node = model.nodes().getFirst();
    assertThat(node.operation()).isEqualTo("Attention");
    assertThat(node.domain()).isEmpty();
    assertThat(node.inputs()).containsExactly("Q", "");
    assertThat(node.outputs()).containsExactly("Y");
    assertThat(node.attributes())
        .containsExactly(
            OnnxAttribute.of("is_causal", 1L),
            OnnxAttribute.of("scale", 1f),
            new OnnxAttribute("mode", OnnxAttribute.Kind.OTHER, 0, 0));
  }

  @Test
  void theDomainAiOnnxIsTheOneWithoutName() {
    assertThat(OnnxModel.parse(FILE, model(field(7, utf8("ai.onnx")))).nodes())
        .extracting(OnnxNode::domain)
        .isEqualTo(List.of(""));
  }

  @Test
  void whatIsWrongIsSaidWithTheFilesName() {
    assertBroken(new byte[0], "it holds no graph");
    assertBroken(field(7, new byte[] {(byte) 0xff}), "GraphProto is no protobuf message");
    assertBroken(model(number(4, 1)), "field 4 of NodeProto has another wire type");
    assertBroken(model(field(5, number(20, 2))), "an attribute has no name");
  }

  private static void assertBroken(byte[] bytes, String problem) {
    assertThatThrownBy(() -> OnnxModel.parse(FILE, bytes))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageStartingWith("model.onnx: no readable ONNX model: ")
        .hasMessageContaining(problem);
  }
}
