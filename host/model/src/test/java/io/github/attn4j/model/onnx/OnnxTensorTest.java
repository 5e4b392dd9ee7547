package io.github.attn4j.model.onnx;

import static io.github.attn4j.model.OnnxBytes.field;
import static io.github.attn4j.model.OnnxBytes.join;
import static io.github.attn4j.model.OnnxBytes.utf8;
import static io.github.attn4j.model.OnnxBytes.varint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.input.InvalidFileException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** Tensors in every form that ONNX stores them, and what is none. */
class OnnxTensorTest {
  private static final Path FILE = Path.of("input_0.pb");

  private static byte[] number(int field, int value) {
    return join(varint(field << 3), varint(value));
  }

  /** Fields of a tensor of one dimension. */
  private static byte[] tensor(int type, int elements, byte[]... more) {
    return join(number(1, elements), number(2, type), field(8, utf8("x")), join(more));
  }

  private static OnnxTensor read(byte[] bytes) {
    return OnnxTensor.parse(FILE, bytes);
  }

  @Test
  void elementsMayBeRawOrInFieldsPackedOrNot() {
    byte[] ones = {0, 0, (byte) 0x80, 0x3f};
    byte[] twos = {0, 0, 0, 0x40};
    assertThat(read(tensor(1, 2, field(9, join(ones, twos)))).floats()).containsExactly(1, 2);
    assertThat(read(tensor(1, 2, field(4, join(ones, twos)))).floats()).containsExactly(1, 2);
    byte[] tag = varint(4 << 3 | 5);
    assertThat(read(tensor(1, 2, tag, ones, tag, twos)).floats()).containsExactly(1, 2);
    assertThat(read(tensor(7, 2, field(7, join(varint(5), varint(300))))).longs())
        .containsExactly(5, 300);
    assertThat(read(tensor(7, 2, number(7, 5), number(7, 300))).longs()).containsExactly(5, 300);
    assertThat(read(tensor(9, 3, number(5, 1), number(5, 0), number(5, 1))).booleans())
        .containsExactly(true, false, true);
  }

  @Test
  void halvesAreDecodedByTheirType() {
    assertThat(read(tensor(10, 1, field(9, new byte[] {0, 0x3e}))).floats()).containsExactly(1.5f);
    assertThat(read(tensor(10, 1, number(5, 0x3e00))).floats()).containsExactly(1.5f);
    assertThat(read(tensor(16, 1, field(9, new byte[] {(byte) 0xc0, 0x3f}))).floats())
        .containsExactly(1.5f);
  }

  @Test
  void whatIsWrittenIsReadBack() {
    float[] values = {1.5f, -0f, Float.NaN, Float.NEGATIVE_INFINITY};
    List<Integer> shape = List.of(2, 2);
    for (OnnxType type : List.of(OnnxType.FLOAT, OnnxType.FLOAT16, OnnxType.BFLOAT16)) {
      assertThat(OnnxTensor.of("x", type, shape, values).floats()).containsExactly(values);
    }
    assertThat(OnnxTensor.of("x", shape, new long[] {1, -2, 3, 1L << 40}).longs())
        .containsExactly(1, -2, 3, 1L << 40);
  }

  @Test
  void aTypeThatIsNotReadHasALabelAndNoElements() {
    OnnxTensor strings = read(tensor(8, 1, field(6, utf8("a"))));
    assertThat(strings.typeLabel()).isEqualTo("tensor of ONNX data type 8");
    assertThat(strings.raw()).isEmpty();
    assertThat(read(tensor(11, 1, field(9, new byte[8]))).typeLabel()).isEqualTo("tensor(double)");
  }

  @Test
  void whatIsWrongIsSaidWithTheFilesName() {
    assertBroken(tensor(1, 3, field(9, new byte[8])), "shape [3] takes 12 bytes, but it holds 8");
    assertBroken(tensor(1, 3), "shape [3] takes 12 bytes, but it holds 0");
    assertBroken(new byte[] {(byte) 0xff}, "TensorProto is no protobuf message");
    assertBroken(tensor(1, 1, field(4, new byte[3])), "has 3 bytes, no multiple of 4");
    assertBroken(tensor(1, 1, number(9, 4)), "field 9 of TensorProto has another wire type");
    assertBroken(tensor(1, 1, number(14, 1)), "its elements are in another file");
    assertBroken(
        join(number(1, 1 << 20), number(1, 1 << 20), number(2, 1)),
        "shape [1048576, 1048576] has more elements than one array");
    byte[] minusOne = {8, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1};
    assertBroken(join(minusOne, number(2, 1)), "dimension -1 in its shape [-1]");
    assertBroken(
        tensor(1, 0, field(8, new byte[] {(byte) 0xc3})), "field 8 of TensorProto is no UTF-8");
  }

  private static void assertBroken(byte[] bytes, String problem) {
    assertThatThrownBy(() -> read(bytes))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageStartingWith("input_0.pb: no readable ONNX tensor: ")
        .hasMessageContaining(problem);
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> OnnxTensor.read(Path.of("not", "there.pb")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("there.pb");
  }

  @Test
  void damagedBytesAreATensorOrSayThatTheyAreNone() {
    byte[] right = tensor(1, 4, field(9, new byte[16]));
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(3);
    int broken = 0;
    for (int round = 0; round < 5_000; round++) {
      byte[] damaged = right.clone();
      for (int change = 0; change <= round % 3; change++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      broken += survives(damaged, true) ? 0 : 1;
      survives(damaged, false); // a model is read from anything alike
    }
    assertThat(broken).isBetween(100, 5_000);
  }

  private static boolean survives(byte[] bytes, boolean tensor) {
    try {
      if (tensor) {
        OnnxTensor.parse(FILE, bytes);
      } else {
        OnnxModel.parse(FILE, bytes);
      }
      return true;
    } catch (InvalidFileException e) {
      assertThat(e).hasMessageStartingWith("input_0.pb: ");
      return false;
    }
  }
}
