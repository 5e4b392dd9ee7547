package io.github.attn4j.core.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorFilesTest {
  @TempDir private Path folder;

  @Test
  void takeShapesFromTheFiles() {
    AttentionInputs inputs =
        TensorFiles.inputs(
            file("q", 2, 4, 3, 8),
            file("k", 2, 2, 5, 8),
            file("v", 2, 2, 5, 6),
            Mask.causal(),
            null);
    AttentionSpec spec = inputs.spec();
    assertThat(spec)
        .isEqualTo(
            AttentionSpec.builder()
                .batch(2)
                .heads(4, 2)
                .lengths(3, 5)
                .dims(8, 6)
                .mask(Mask.causal())
                .build());
    assertThat(inputs.q()).hasSize(2 * 4 * 3 * 8).startsWith(0, 1, 2);
    assertThat(inputs.description()).contains("q.npy", "k.npy", "v.npy");
  }

  @Test
  void takeLeadingDimensionsForOne() {
    AttentionSpec spec =
        TensorFiles.inputs(file("q", 3, 8), file("k", 1, 5, 8), file("v", 5, 6), Mask.none(), null)
            .spec();
    assertThat(spec).isEqualTo(AttentionSpec.builder().lengths(3, 5).dims(8, 6).build());
  }

  @Test
  void nameTheShapeThatDoesNotFit() {
    Path q = file("q", 2, 4, 3, 8);
    Path k = file("k", 2, 2, 5, 8);
    Path v = file("v", 2, 2, 5, 6);
    refused(q, file("k1", 1, 2, 5, 8), v, null, "k1.npy", "batch is 1", "2");
    refused(q, file("k2", 2, 2, 5, 7), v, null, "k2.npy", "head dimension is 7", "8");
    refused(q, k, file("v1", 2, 1, 5, 6), null, "v1.npy", "number of heads is 1", "2");
    refused(q, k, file("v2", 2, 2, 4, 6), null, "v2.npy", "number of keys is 4", "5");
    refused(q, k, file("v3", 1, 2, 5, 6), null, "v3.npy", "batch is 1", "2");
    refused(file("q1", 8), k, v, null, "q1.npy", "[8]", "[B,H,S,D]");
    refused(file("q2", 1, 2, 4, 3, 8), k, v, null, "q2.npy", "[1, 2, 4, 3, 8]");
  }

  @Test
  void nameAMaskThatDoesNotBroadcast() {
    Path q = file("q", 2, 4, 3, 8);
    Path k = file("k", 2, 2, 5, 8);
    Path v = file("v", 2, 2, 5, 6);
    refused(q, k, v, file("m1", 3, 4), "m1.npy", "[3, 4]", "[2, 4, 3, 5]");
    refused(q, k, v, file("m2", 3, 1), "m2.npy", "[3, 1]", "in full");
    refused(q, k, v, file("m3", 2, 2, 3, 5), "m3.npy", "[2, 2, 3, 5]");
    refused(q, k, v, file("m4", 1, 1, 1, 1, 5), "m4.npy", "1 to 4 dimensions");
  }

  @Test
  void joinTheMaskFileWithTheMask() {
    AttentionSpec spec =
        TensorFiles.inputs(
                file("q", 2, 4, 3, 8),
                file("k", 2, 2, 5, 8),
                file("v", 2, 2, 5, 6),
                Mask.causal(),
                file("m", 2, 1, 1, 5))
            .spec();
    assertThat(spec.mask().label()).isEqualTo("causal&add[2,1,1,5]");
    assertThat(spec.mask().bias(1, 3, 2, 4)).isEqualTo(9);
  }

  @Test
  void readBooleanMasksButNoBooleanTensors() throws IOException {
    Path mask = folder.resolve("bool.npy");
    String header = "{'descr': '|b1', 'fortran_order': False, 'shape': (1, 3), }\n";
    byte[] bytes =
        ("\u0093NUMPY\u0001\0" + (char) header.length() + "\0" + header + "\1\0\1")
            .getBytes(StandardCharsets.ISO_8859_1);
    Files.write(mask, bytes);
    Path q = file("q", 2, 8);
    Path k = file("k", 3, 8);
    AttentionSpec spec = TensorFiles.inputs(q, k, k, Mask.none(), mask).spec();
    assertThat(spec.visible(0, 0, 1, 0)).isTrue();
    assertThat(spec.visible(0, 0, 1, 1)).isFalse();
    refused(q, mask, k, null, "bool.npy", "booleans");
  }

  @Test
  void saveTheOutputWithoutItsGaps() {
    AttentionSpec spec = AttentionSpec.builder().heads(2).lengths(2, 3).dims(4, 1).bshd().build();
    Path file = folder.resolve("o.npy");
    TensorFiles.saveOutput(file, spec, new float[] {1, 3, 2, 4});
    NpyArray saved = NpyFile.read(file);
    assertThat(saved.shape()).containsExactly(1, 2, 2, 1);
    assertThat(saved.floats()).containsExactly(1, 2, 3, 4);
  }

  private void refused(Path q, Path k, Path v, @Nullable Path mask, String... words) {
    assertThatExceptionOfType(InvalidFileException.class)
        .isThrownBy(() -> TensorFiles.inputs(q, k, v, Mask.none(), mask))
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
  }

  private Path file(String name, Integer... shape) {
    int size = List.of(shape).stream().reduce(1, (a, b) -> a * b);
    float[] values = new float[size];
    for (int index = 0; index < size; index++) {
      values[index] = index;
    }
    Path file = folder.resolve(name + ".npy");
    NpyFile.write(file, List.of(shape), values);
    return file;
  }
}
