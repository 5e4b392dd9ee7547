package io.github.attn4j.core.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyFileTest {
  private static final String F4 = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";

  @TempDir private Path folder;

  @Test
  void readsBackWhatItWrote() {
    Path file = folder.resolve("a.npy");
    float[] values = {1, -0f, Float.NaN, Float.NEGATIVE_INFINITY, Float.MIN_VALUE, 3.25f};
    for (List<Integer> shape : List.of(List.of(6), List.of(2, 3), List.of(1, 2, 1, 3))) {
      NpyFile.write(file, shape, values);
      NpyArray array = NpyFile.read(file);
      assertThat(array.shape()).isEqualTo(shape);
      assertThat(array.floats()).isEqualTo(values);
      assertThat(array.isBoolean()).isFalse();
    }
    NpyFile.write(file, List.of(), new float[] {7});
    assertThat(NpyFile.read(file).shape()).isEmpty();
    NpyFile.write(file, List.of(3, 0), new float[0]);
    assertThat(NpyFile.read(file).shape()).containsExactly(3, 0);
  }

  @Test
  void startsItsDataOnAMultipleOf64() throws IOException {
    Path file = folder.resolve("a.npy");
    for (int length = 1; length < 12; length++) {
      NpyFile.write(file, java.util.Collections.nCopies(length, 1), new float[] {5});
      assertThat((Files.size(file) - 4) % 64).isZero();
    }
  }

  /** Bytes that numpy.save wrote. */
  @ParameterizedTest
  @CsvSource({
    "[2x3], [1.0 2.0 3.0 4.0 5.0 6.5], 934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c2033292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a0000803f0000004000004040000080400000a0400000d040",
    "[2x3], [1.0 2.0 3.0 4.0 5.0 6.5], 934e554d5059010076007b276465736372273a20273e6634272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c2033292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a3f80000040000000404000004080000040a0000040d00000",
    "[2x3], [1.0 2.0 3.0 4.0 5.0 6.5], 934e554d5059010076007b276465736372273a20273c6638272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c2033292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a000000000000f03f00000000000000400000000000000840000000000000104000000000000014400000000000001a40",
    "[2x3], [1.0 2.0 3.0 4.0 5.0 6.5], 934e554d5059010076007b276465736372273a20273e6638272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c2033292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a3ff00000000000004000000000000000400800000000000040100000000000004014000000000000401a000000000000",
    "[2x3], [1.0 2.0 3.0 4.0 5.0 6.5], 934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a20547275652c20277368617065273a2028322c2033292c207d20202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a0000803f00008040000000400000a040000040400000d040",
    "[1x2x3], [1.0 2.0 3.0 4.0 5.0 6.5], 934e554d5059010076007b276465736372273a20273e6638272c2027666f727472616e5f6f72646572273a20547275652c20277368617065273a2028312c20322c2033292c207d20202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a3ff00000000000004010000000000000400000000000000040140000000000004008000000000000401a000000000000",
    "[2x2x2], [0.0 1.0 2.0 3.0 4.0 5.0 6.0 7.0], 934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a20547275652c20277368617065273a2028322c20322c2032292c207d20202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a0000000000008040000000400000c0400000803f0000a040000040400000e040",
    "[2x2], [true false false false], 934e554d5059010076007b276465736372273a20277c6231272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a01000000",
    "[2x2], [true true false false], 934e554d5059010076007b276465736372273a20277c6231272c2027666f727472616e5f6f72646572273a20547275652c20277368617065273a2028322c2032292c207d20202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a01000100",
    "[], [1.5], 934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028292c207d20202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a0000c03f"
  })
  void readsWhatNumpyWrote(String shape, String values, String hex) throws IOException {
    NpyArray array = NpyFile.read(written(HexFormat.of().parseHex(hex)));
    assertThat(array.shape().toString().replace(", ", "x")).isEqualTo(shape);
    String actual =
        array.isBoolean() ? Arrays.toString(array.booleans()) : Arrays.toString(array.floats());
    assertThat(actual.replace(", ", " ")).isEqualTo(values);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void readsEveryFormatVersion(int version) throws IOException {
    assertThat(NpyFile.read(written(bytes(version, F4, floats(1, 2)))).floats())
        .containsExactly(1, 2);
  }

  @Test
  void refusesAnUnknownVersion() throws IOException {
    refused(bytes(4, F4, floats(1, 2)), "format version 4");
    refused(bytes(0, F4, floats(1, 2)), "format version 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"|O", "<i4", "<f2", "<c8", "<U3", "|u1"})
  void refusesOtherElementsByName(String type) throws IOException {
    refused(bytes(1, F4.replace("<f4", type), floats(1, 2)), "'" + type + "'", "float32");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-2", "2, -1", "1e3", "2.5", "'2'"})
  void refusesAShapeThatIsNone(String shape) throws IOException {
    refused(bytes(1, F4.replace("2,", shape), floats(1, 2)), "not understood", shape);
  }

  @Test
  void refusesAShapeTooLargeForAnArray() throws IOException {
    refused(bytes(1, F4.replace("2,", "65536, 65536"), floats(1, 2)), "[65536, 65536]", "more");
    refused(bytes(1, F4.replace("2,", "2147483647, 2147483647, 2147483647"), floats(1)), "more");
    refused(bytes(1, F4.replace("2,", "99999999999,"), floats(1)), "99999999999", "too large");
  }

  @Test
  void refusesAWrongNumberOfBytes() throws IOException {
    refused(bytes(1, F4, floats(1, 2, 3)), "takes 8 bytes", "12 follow");
    refused(bytes(1, F4, floats(1)), "takes 8 bytes", "4 follow");
    refused(bytes(1, F4, new byte[9]), "takes 8 bytes", "9 follow");
  }

  @Test
  void refusesEveryFileThatIsCutOff() throws IOException {
    for (int version = 1; version <= 2; version++) {
      byte[] whole = bytes(version, F4, floats(1, 2));
      for (int length = 0; length < whole.length; length++) {
        refused(Arrays.copyOf(whole, length), "given.npy");
      }
    }
  }

  @Test
  void refusesAFileOfAnotherKind() throws IOException {
    refused("PK\u0003\u0004 a zip archive".getBytes(StandardCharsets.ISO_8859_1), "NUMPY");
    refused(bytes(1, "no dictionary", floats(1, 2)), "not understood", "no dictionary");
    byte[] endless = bytes(2, F4, floats(1, 2));
    Arrays.fill(endless, 8, 12, (byte) 0xff);
    refused(endless, "header claims 4294967295 bytes");
  }

  @Test
  void namesAFileThatIsNotThere() {
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> NpyFile.read(folder.resolve("missing.npy")))
        .withMessageContaining("missing.npy");
  }

  @Test
  void writesNoShapeThatDoesNotHoldTheValues() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> NpyFile.write(folder.resolve("a.npy"), List.of(2, 2), new float[3]))
        .withMessageContaining("[2, 2]")
        .withMessageContaining("3");
  }

  private void refused(byte[] bytes, String... words) throws IOException {
    Path file = written(bytes);
    assertThatExceptionOfType(InvalidFileException.class)
        .isThrownBy(() -> NpyFile.read(file))
        .satisfies(e -> assertThat(e.getMessage()).contains(file.toString()).contains(words));
  }

  private Path written(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("given.npy"), bytes);
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  private static byte[] bytes(int version, String header, byte[] data) {
    byte[] text = (header + "\n").getBytes(StandardCharsets.US_ASCII);
    int prefix = version == 1 ? 10 : 12;
    ByteBuffer bytes =
        ByteBuffer.allocate(prefix + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    bytes.put((byte) version).put((byte) 0);
    if (version == 1) {
      bytes.putShort((short) text.length);
    } else {
      bytes.putInt(text.length);
    }
    return bytes.put(text).put(data).array();
  }
}
