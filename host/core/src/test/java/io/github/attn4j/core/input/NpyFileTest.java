package io.github.attn4j.core.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpyFileTest {
  /** np.arange(6, dtype='<f4').reshape(2, 3) * 0.5, as NumPy 2.4 wrote it, deflated. */
  private static final String NUMPY_C_ORDER =
      "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBuk2airqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGmjoKtQpk"
          + "Ay4GCLBnYGgA4gNAzODAwKDgAAAClx4J";

  /** The same array through np.asfortranarray, format version 2.0. */
  private static final String NUMPY_FORTRAN_ORDER =
      "eNqb7BfqGxDJxFDCwMBQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEg8pKk0FChdnJBakArkaRjoKxpo6CrUK"
          + "5AIuBjA4YA8kQNiBgaEBSCs4AAC9/x2d";

  /** np.asfortranarray(np.arange(24, dtype='>f8').reshape(2, 3, 4)), format version 3.0. */
  private static final String NUMPY_BIG_ENDIAN_DOUBLES =
      "eNqb7BfqGxDJzFDCwMBQrZ6SWpxcpG6loG6XZqGuo6Cell9UUpSYF59flJIKEg8pKk0FChdnJBakArkaRjoKxjoKJpo6"
          + "CrUKZAEuBihw0IDSAlDaAEorQGkTCG3/AcrXgtIiUNoQSitBaVMoDTNfB0pLQGkjKK0Cpc2gNAeU1oPSMlDaGEqrQWlz"
          + "CA0AUIIlCg==";

  /** np.array([True, False, True]). */
  private static final String NUMPY_BOOLEANS =
      "eNqb7BfqGxDJyFDGUK2eklqcXKRupaBek2SorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6CrUKFAAu"
          + "RgZGAL1yG5U=";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {NUMPY_C_ORDER, NUMPY_FORTRAN_ORDER})
  void readsWhatNumpyWroteInEitherOrder(String deflated) throws IOException {
    NpyArray array = NpyFile.read(inflated(deflated));
    assertThat(array.shape()).containsExactly(2, 3);
    assertThat(array.isBoolean()).isFalse();
    assertThat(array.floats()).containsExactly(0, 0.5f, 1, 1.5f, 2, 2.5f);
  }

  @Test
  void roundsBigEndianDoublesInFortranOrder() throws IOException {
    NpyArray array = NpyFile.read(inflated(NUMPY_BIG_ENDIAN_DOUBLES));
    assertThat(array.shape()).containsExactly(2, 3, 4);
    float[] expected = new float[24];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = i;
    }
    assertThat(array.floats()).containsExactly(expected);
  }

  @Test
  void readsBooleans() throws IOException {
    NpyArray array = NpyFile.read(inflated(NUMPY_BOOLEANS));
    assertThat(array.isBoolean()).isTrue();
    assertThat(array.booleans()).containsExactly(true, false, true);
    assertThat(array.floats()).isEmpty();
  }

  @Test
  void writesByteForByteWhatNumpyWrites() throws IOException {
    Path floats = folder.resolve("floats.npy");
    NpyFile.write(floats, List.of(2, 3), new float[] {0, 0.5f, 1, 1.5f, 2, 2.5f});
    assertThat(contents(floats)).isEqualTo(contents(inflated(NUMPY_C_ORDER)));
    Path booleans = folder.resolve("booleans.npy");
    NpyFile.write(booleans, List.of(3), new boolean[] {true, false, true});
    assertThat(contents(booleans)).isEqualTo(contents(inflated(NUMPY_BOOLEANS)));
    assertThat(Files.size(floats)).isEqualTo(128 + 24); // data on a multiple of 64
  }

  @Test
  void keepsEveryBitOverMoreThanOneChunk() {
    float[] values = new float[100_003];
    SplitMix64 random = new SplitMix64(7, 'N');
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat((int) random.bits(i));
    }
    values[0] = -0f;
    values[1] = Float.NEGATIVE_INFINITY;
    Path file = folder.resolve("many.npy");
    NpyFile.write(file, List.of(values.length), values);
    float[] read = NpyFile.read(file).floats();
    int[] expected = bits(values);
    assertThat(bits(read)).containsExactly(expected);
  }

  @Test
  void readsScalarsAndEmptyArrays() throws IOException {
    NpyArray scalar = NpyFile.read(file(header("<f4", "()"), floats(3)));
    assertThat(scalar.shape()).isEmpty();
    assertThat(scalar.floats()).containsExactly(3);
    NpyArray empty = NpyFile.read(file(header("<f4", "(2, 0, 2147483647)"), new byte[0]));
    assertThat(empty.shape()).containsExactly(2, 0, Integer.MAX_VALUE);
    assertThat(empty.floats()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'shape': (2,), 'fortran_order': False, 'descr': '<f4'}",
        "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (2,)}",
        "{'descr':'<f4','fortran_order':False,'shape':(2L,),}"
      })
  void readsHeadersOfOtherWriters(String header) throws IOException {
    assertThat(NpyFile.read(file(header, floats(1, 2))).floats()).containsExactly(1, 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"<f2", "<i4", "<c8", "|U3", "|S8", "<M8[ns]", "=f4", ""})
  void refusesOtherTypesByName(String type) throws IOException {
    assertRefused(
        file(header(type, "(1,)"), floats(1)),
        "elements of type '" + type + "'",
        "float32, float64 or bool are expected");
  }

  @Test
  void refusesPythonObjectsByName() throws IOException {
    assertRefused(file(header("|O", "(1,)"), floats(1)), "Python objects (type '|O')");
  }

  @Test
  void refusesRecordsByName() throws IOException {
    Path file =
        file(
            "{'descr': [('x', '<f4'), ('y', '<i4', (2,))], 'fortran_order': False, 'shape': (2,), }",
            floats(1, 2));
    assertRefused(file, "records of [('x', '<f4'), ('y', '<i4', (2,))]", "array['name']");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{'descr': '<f4'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': True}",
        "{'descr': '<f4', 'fortran_order': '<f4', 'shape': (2,)}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} import os",
      })
  void refusesDamagedHeaders(String header) throws IOException {
    assertRefused(file(header, floats(1, 2)));
  }

  @Test
  void refusesImpossibleShapes() throws IOException {
    assertRefused(file(header("<f4", "(-2,)"), floats(1, 2)), "dimension -2", "negative");
    assertRefused(
        file(header("<f4", "(99999999999,)"), floats(1)), "dimension 99999999999", "too large");
    assertRefused(
        file(header("<f4", "(65536, 65536)"), floats(1)), "[65536, 65536]", "one Java array");
    // A 64-bit product would wrap.
    assertRefused(
        file(header("<f4", "(2147483647, 2147483647, 2147483647)"), floats(1)), "one Java array");
  }

  @Test
  void refusesFilesThatAreNotAsLongAsTheirShape() throws IOException {
    assertRefused(
        file(header("<f4", "(3,)"), floats(1, 2)), "takes 12 bytes, but 8 follow the header");
    assertRefused(
        file(header("<f4", "(1,)"), floats(1, 2)), "takes 4 bytes, but 8 follow the header");
    // Half a gigabyte is claimed, and must not be allocated to find out.
    assertRefused(file(header("<f4", "(134217728,)"), floats(1)), "takes 536,870,912 bytes");
  }

  @Test
  void refusesEveryTruncation() throws IOException {
    byte[] whole = Files.readAllBytes(inflated(NUMPY_C_ORDER));
    for (int length = 0; length < whole.length; length++) {
      Path file = folder.resolve("cut" + length + ".npy");
      Files.write(file, Arrays.copyOf(whole, length));
      assertRefused(file);
    }
  }

  @Test
  void refusesOtherFilesAndVersions() throws IOException {
    Path text = folder.resolve("text.npy");
    Files.writeString(text, "PK\3\4 and so on, longer than any header");
    assertRefused(text, "does not begin with");
    byte[] later = Files.readAllBytes(inflated(NUMPY_C_ORDER));
    later[6] = 4;
    Path file = folder.resolve("later.npy");
    Files.write(file, later);
    assertRefused(file, "format version 4.0");
  }

  @Test
  void refusesHeaderLengthsThatLie() throws IOException {
    byte[] bytes = Files.readAllBytes(inflated(NUMPY_FORTRAN_ORDER));
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(8, -1);
    Path file = folder.resolve("lying.npy");
    Files.write(file, bytes);
    assertRefused(file, "the header claims 4,294,967,295 bytes");
    byte[] padded = Arrays.copyOf(bytes, 1 << 20);
    ByteBuffer.wrap(padded).order(ByteOrder.LITTLE_ENDIAN).putInt(8, 1 << 19);
    Files.write(file, padded);
    assertRefused(file, "the header claims 524,288 bytes; at most 131,072 are expected");
  }

  @Test
  void refusesDoublesThatFloatsCannotHoldAndSaysWhere() throws IOException {
    byte[] data =
        ByteBuffer.allocate(32)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putDouble(Double.NEGATIVE_INFINITY)
            .putDouble(Double.NaN)
            .putDouble(-Double.MAX_VALUE)
            .putDouble(0)
            .array();
    assertRefused(file(header("<f8", "(2, 2)"), data), "element [1, 0] is -1.79", "-inf");
    ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).putDouble(16, 1e-300);
    float[] read = NpyFile.read(file(header("<f8", "(2, 2)"), data)).floats();
    assertThat(read).containsExactly(Float.NEGATIVE_INFINITY, Float.NaN, 0, 0);
  }

  @Test
  void namesFilesThatCannotBeReadOrWritten() {
    Path missing = folder.resolve("missing.npy");
    assertThatThrownBy(() -> NpyFile.read(missing))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("cannot read " + missing);
    Path nowhere = folder.resolve("no/folder.npy");
    assertThatThrownBy(() -> NpyFile.write(nowhere, List.of(1), new float[1]))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("cannot write " + nowhere);
  }

  @Test
  void doesNotWriteAShapeThatHoldsOtherThanTheValues() {
    Path file = folder.resolve("never.npy");
    assertThatThrownBy(() -> NpyFile.write(file, List.of(2, 2), new float[5]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("shape [2, 2] does not hold 5 values");
    assertThatThrownBy(() -> NpyFile.write(file, List.of(-1, -4), new float[4]))
        .hasMessageContaining("negative");
    assertThat(file).doesNotExist();
  }

  private static void assertRefused(Path file, String... parts) {
    assertThatThrownBy(() -> NpyFile.read(file))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageStartingWith(file + ": ")
        .satisfies(e -> assertThat(List.of(parts)).allMatch(e.toString()::contains));
  }

  private static String header(String type, String shape) {
    return "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(type, shape);
  }

  private Path file(String header, byte[] data) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer bytes =
        ByteBuffer.allocate(10 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    bytes.putShort((short) text.length).put(text).put(data);
    Path file = Files.createTempFile(folder, "made", ".npy");
    Files.write(file, bytes.array());
    return file;
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  private Path inflated(String base64) throws IOException {
    Path file = Files.createTempFile(folder, "numpy", ".npy");
    byte[] deflated = Base64.getDecoder().decode(base64);
    try (InputStream bytes = new InflaterInputStream(new ByteArrayInputStream(deflated))) {
      Files.write(file, bytes.readAllBytes());
    }
    return file;
  }

  private static String contents(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
  }
}
