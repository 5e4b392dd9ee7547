package io.github.attn4j.core.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NpyIntegersTest {
  @TempDir private Path folder = Path.of("");

  /** Values as elements of a type, as NumPy writes them. */
  private Path file(String type, boolean fortran, String shape, long... values) throws IOException {
    int bytes = type.charAt(2) - '0';
    String header =
        "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n"
            .formatted(type, fortran ? "True" : "False", shape);
    ByteBuffer file = ByteBuffer.allocate(10 + header.length() + bytes * values.length);
    file.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    file.order(ByteOrder.LITTLE_ENDIAN).putShort((short) header.length());
    file.put(header.getBytes(StandardCharsets.US_ASCII));
    for (long value : values) {
      for (int index = 0; index < bytes; index++) {
        int place = type.charAt(0) == '>' ? bytes - 1 - index : index;
        file.put((byte) (value >> (8 * place)));
      }
    }
    return Files.write(folder.resolve("ints.npy"), file.array());
  }

  @ParameterizedTest
  @CsvSource({
    "|i1, -128, 127",
    "|u1, 0, 255",
    "<i2, -32768, 32767",
    ">i2, -32768, 32767",
    "<u2, 0, 65535",
    ">u2, 0, 65535",
    "<i4, -2147483648, 2147483647",
    ">i4, -2147483648, 2147483647",
    "<u4, 0, 2147483647",
    ">u4, 0, 2147483647",
    "<i8, -2147483648, 2147483647",
    ">i8, -2147483648, 2147483647"
  })
  void everyWidthAndOrderIsRead(String type, long least, long most) throws IOException {
    NpyArray array = NpyFile.readWithIntegers(file(type, false, "(3,)", least, most, 5));
    assertThat(array.kind()).isEqualTo(NpyArray.Kind.INT);
    assertThat(array.shape()).containsExactly(3);
    assertThat(array.ints()).containsExactly((int) least, (int) most, 5);
  }

  @Test
  void fortranOrderIsPutIntoCOrder() throws IOException {
    NpyArray array = NpyFile.readWithIntegers(file("<i4", true, "(2, 3)", 1, 4, 2, 5, 3, 6));
    assertThat(array.ints()).containsExactly(1, 2, 3, 4, 5, 6);
  }

  @ParameterizedTest
  @CsvSource({"<i8, 2147483648", "<i8, -2147483649", "<u4, 4294967295"})
  void aValueBeyondAnIntIsRefusedByItsPlace(String type, long value) throws IOException {
    Path file = file(type, false, "(1, 2)", 7, value);
    assertThatThrownBy(() -> NpyFile.readWithIntegers(file))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageContaining("element [0, 1] is " + value);
  }

  @Test
  void whatIsNoTableIsRefused() throws IOException {
    Path file = file("<u8", false, "(1,)", 7);
    assertThatThrownBy(() -> NpyFile.readWithIntegers(file))
        .hasMessageContaining("'<u8'")
        .hasMessageContaining("int32, int64, float32, float64 or bool");
  }

  @Test
  void tensorsAreNoIntegers() throws IOException {
    Path file = file("<i4", false, "(1,)", 7);
    assertThatThrownBy(() -> NpyFile.read(file))
        .hasMessageContaining("'<i4'; float32, float64 or bool are expected");
  }

  @Test
  void floatsAndBooleansAreReadAsEver() {
    Path file = folder.resolve("floats.npy");
    NpyFile.write(file, List.of(2), new float[] {1.5f, -2});
    assertThat(NpyFile.readWithIntegers(file).floats()).containsExactly(1.5f, -2);
    NpyFile.write(file, List.of(2), new boolean[] {true, false});
    assertThat(NpyFile.readWithIntegers(file).booleans()).containsExactly(true, false);
  }
}
