package io.github.attn4j.core.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.input.InvalidFileException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaseFileTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void aCaseReadAgainIsTheSameProblemWithTheSameData() {
    CaseDraw draw = new CaseDraw(11);
    for (int n = 0; n < 60; n++) {
      FuzzCase drawn = draw.draw(n).of("opencl:flash", "WRONG_RESULT: \"quoted\"");
      Path file = folder.resolve("case.json");
      CaseFile.write(file, drawn);
      FuzzCase read = CaseFile.read(file);
      assertThat(CaseFile.text(read)).isEqualTo(CaseFile.text(drawn));
      assertThat(read.spec().wholeLabel()).isEqualTo(drawn.spec().wholeLabel());
      if (n % 10 == 0) {
        PreparedCase one = PreparedCase.of(drawn);
        PreparedCase other = PreparedCase.of(read);
        assertThat(other.inputs().q()).isEqualTo(one.inputs().q());
        assertThat(other.otherwise().k()).isEqualTo(one.otherwise().k());
        assertThat(other.expected().reference().o()).isEqualTo(one.expected().reference().o());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"family\" : \"[A-Z_]+\"|\"family\" : \"SILLY\"|family: ",
        "\"batch\" : \\d+|\"batch\" : \"two\"|shape.batch: ",
        "\"batch\" : \\d+|\"batch\" : 99999|shape: each extent",
        "\"batch\" : \\d+|\"batches\" : 1, \"batch\" : 1|shape.batches: ",
        "\"batch\" : \\d+,||shape.batch: is missing",
        "\"schemaVersion\" : 1|\"schemaVersion\" : 9|schemaVersion is 9, but this build reads 1",
        "\"schemaVersion\" : 1,||schemaVersion is missing",
        "\"queryType\" : \"[A-Z0-9]+\"|\"queryType\" : 0|shape.queryType: ",
        "\"before\" : \\d+|\"before\" : -1|a gap has 0 to 65536 elements, but one has -1",
        "\"kvHeads\" : \\d+|\"kvHeads\" : 7|do not divide among 7 key-value heads",
        "\\}\\s*$||is no JSON: ",
      })
  void aMistakeIsNamedByFileAndField(String from, String to, String message) {
    Path file = folder.resolve("case.json");
    String text = CaseFile.text(new CaseDraw(1).draw(0));
    String broken = text.replaceFirst(from, to == null ? "" : to);
    assertThat(broken).isNotEqualTo(text);
    assertThatThrownBy(() -> CaseFile.parse(file, broken))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(message);
  }

  @Test
  void aMissingFileIsNoInvalidOne() {
    Path missing = folder.resolve("missing.json");
    assertThatThrownBy(() -> CaseFile.read(missing))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(missing.toString());
  }
}
