package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The struct of attention_params.clh, as the device's compiler sees it, against its Java twin. */
class AttentionParamsTest {
  private static final int KEY_PARTS = 7;
  private static final String HEADER = "attention_params.clh";

  @Test
  void everyFieldStandsWhereTheDevicesCompilerPutsIt() {
    List<AttentionParams.Field> fields = AttentionParams.fields();
    StringBuilder source = new StringBuilder(KernelSource.load(HEADER));
    source.append("__kernel void probe(__global long *out) {\n  attention_params params;\n");
    source.append("  const char *start = (const char *)&params;\n");
    source.append("  out[0] = ATTENTION_PARAMS_VERSION;\n  out[1] = sizeof(attention_params);\n");
    for (int i = 0; i < fields.size(); i++) {
      source.append(
          "  out[%d] = (const char *)&params.%s - start;\n".formatted(i + 2, fields.get(i).name()));
    }
    long[] device = ProbeProgram.run(source.append("}\n").toString(), fields.size() + 2, null);

    assertThat(device[0]).as("version").isEqualTo(AttentionParams.VERSION);
    assertThat(device[1]).as("size").isEqualTo(encoded(AttentionSpec.builder().build()).length);
    Map<String, Integer> twin = new LinkedHashMap<>();
    Map<String, Integer> compiled = new LinkedHashMap<>();
    for (int i = 0; i < fields.size(); i++) {
      twin.put(fields.get(i).name(), fields.get(i).offset());
      compiled.put(fields.get(i).name(), (int) device[i + 2]);
    }
    assertThat(twin).isEqualTo(compiled);
  }

  @Test
  void noFieldOfTheHeaderIsMissing() {
    List<String> names =
        AttentionParams.fields().stream().map(AttentionParams.Field::name).toList();
    assertThat(names).containsExactlyElementsOf(headerFields().keySet());
  }

  @Test
  void aKernelReadsTheValuesOfTheSpec() {
    boolean[] visible = new boolean[2 * 6 * 5 * 7];
    java.util.Arrays.fill(visible, true);
    AttentionSpec spec =
        AttentionSpec.builder()
            .batch(2)
            .heads(6, 3)
            .lengths(5, 7)
            .dims(11, 13)
            .scale(0.37f)
            .softCap(29.5f)
            .mask(
                Mask.window(17, 19)
                    .and(new Mask.DenseBoolean(DenseMask.ofBooleans(2, 6, 5, 7, visible))))
            .layouts(
                Layout.padded(6, 5, 11, 101, 1, 2),
                Layout.padded(3, 7, 11, 202, 3, 4),
                Layout.padded(3, 7, 13, 303, 5, 6),
                Layout.padded(6, 5, 13, 404, 7, 8))
            .build();
    assertThat(readByAKernel(spec)).isEqualTo(expected(spec, spec.canonicalMask().left(), 19, 1));
  }

  @Test
  void aKernelReadsWhereCachesLie() {
    AttentionSpec paged =
        AttentionSpec.builder()
            .batch(2)
            .heads(2)
            .dims(11, 13)
            .packedQueries(List.of(3, 1))
            .keyLengths(List.of(20, 40))
            .lengths(3, 40)
            .queryLengths(List.of(3, 1))
            .paged(32, List.of(List.of(2), List.of(0, 3)))
            .storage(ElementType.BF16)
            .keyValueType(ElementType.I8)
            .build();
    Map<String, Long> expected = expected(paged, -1, -1, 0);
    expected.put("q_batch_stride", 0L);
    expected.put("o_batch_stride", 0L);
    expected.put("k_scales", (4L * 2 * 32 * 11) / 4); // 4 pages, a multiple of 16 bytes
    expected.put("v_scales", (4L * 2 * 32 * 13) / 4);
    expected.put("page_shift", 5L);
    expected.put("slot_rows", 32L);
    assertThat(readByAKernel(paged)).isEqualTo(expected);
    AttentionSpec packed = paged.toBuilder().packedKeys().build();
    expected = expected(packed, -1, -1, 0);
    for (String tensor : List.of("q", "k", "v", "o")) {
      expected.put(tensor + "_batch_stride", 0L);
    }
    expected.put("k_scales", (2L * 72 * 11) / 4); // the second sequence begins at row 32
    expected.put("v_scales", (2L * 72 * 13) / 4);
    expected.put("slot_rows", 72L);
    assertThat(readByAKernel(packed)).isEqualTo(expected);
  }

  @Test
  void aKernelReadsTheKindOfEveryMaskAndFixedParts() {
    AttentionSpec plain = AttentionSpec.builder().lengths(3, 4).build();
    float[] biases = new float[12];
    AttentionSpec additive =
        AttentionSpec.builder()
            .lengths(3, 4)
            .mask(new Mask.DenseAdditive(DenseMask.ofFloats(1, 1, 3, 4, biases)))
            .build();
    AttentionSpec causal = AttentionSpec.builder().lengths(3, 4).mask(Mask.causal()).build();
    assertThat(readByAKernel(plain)).isEqualTo(expected(plain, -1, -1, 0));
    assertThat(readByAKernel(additive)).isEqualTo(expected(additive, -1, -1, 2));
    assertThat(readByAKernel(causal)).isEqualTo(expected(causal, -1, 0, 0));
    AttentionSpec deterministic = plain.toBuilder().deterministic(true).build();
    assertThat(readByAKernel(deterministic)).isEqualTo(expected(deterministic, -1, -1, 0));
  }

  private static Map<String, Long> readByAKernel(AttentionSpec spec) {
    Map<String, String> fields = headerFields();
    List<String> names = List.copyOf(fields.keySet());
    StringBuilder source = new StringBuilder(KernelSource.load(HEADER));
    source.append("__kernel void probe(__global long *out, const attention_params params) {\n");
    for (int i = 0; i < names.size(); i++) {
      String value = "params." + names.get(i);
      source.append(
          "  out[%d] = %s;\n"
              .formatted(
                  i, "float".equals(fields.get(names.get(i))) ? "as_int(" + value + ")" : value));
    }
    long[] values = ProbeProgram.run(source.append("}\n").toString(), names.size(), encoded(spec));
    Map<String, Long> read = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      read.put(names.get(i), values[i]);
    }
    return read;
  }

  private static Map<String, Long> expected(AttentionSpec spec, long left, long right, long kind) {
    Map<String, Long> values = new LinkedHashMap<>();
    putLayout(values, "q", spec.q());
    putLayout(values, "k", spec.k());
    putLayout(values, "v", spec.v());
    putLayout(values, "o", spec.o());
    DenseMask dense = spec.canonicalMask().dense();
    putLayout(values, "mask", dense == null ? new Layout(0, 0, 0, 0) : dense.layout());
    values.put("k_scales", -1L);
    values.put("v_scales", -1L);
    values.put("version", (long) AttentionParams.VERSION);
    values.put("struct_bytes", (long) encoded(spec).length);
    values.put("batch", (long) spec.batch());
    values.put("query_heads", (long) spec.queryHeads());
    values.put("kv_heads", (long) spec.kvHeads());
    values.put("query_len", (long) spec.queryLength());
    values.put("kv_len", (long) spec.kvLength());
    values.put("head_dim", (long) spec.headDim());
    values.put("value_dim", (long) spec.valueDim());
    values.put("mask_kind", kind);
    values.put("window_left", left);
    values.put("window_right", right);
    SequenceWords words = SequenceWords.of(spec);
    values.put("expression_words", (long) words.expressionWords());
    values.put("block_map", (long) words.blockMapWords());
    values.put("key_parts", (long) KEY_PARTS);
    values.put("sequence_rows", (long) words.sequenceRows());
    values.put("page_shift", 0L);
    values.put("slot_rows", (long) spec.kvLength());
    values.put("part_keys", spec.deterministic() ? 1024L : 0L);
    values.put("scale", (long) Float.floatToRawIntBits(spec.scale()));
    values.put("soft_cap", (long) Float.floatToRawIntBits(spec.softCap()));
    return values;
  }

  private static byte[] encoded(AttentionSpec spec) {
    return AttentionParams.encode(spec, SequenceWords.of(spec), KEY_PARTS);
  }

  private static void putLayout(Map<String, Long> values, String tensor, Layout layout) {
    values.put(tensor + "_offset", layout.offset());
    values.put(tensor + "_batch_stride", layout.batchStride());
    values.put(tensor + "_head_stride", layout.headStride());
    values.put(tensor + "_row_stride", layout.rowStride());
  }

  /** Name to type of the struct's fields, in order, read from the header's text. */
  private static Map<String, String> headerFields() {
    String header = KernelSource.load(HEADER);
    int begin = header.indexOf("typedef struct {");
    String body = header.substring(begin, header.indexOf("} attention_params;", begin));
    Matcher declaration =
        Pattern.compile("^\\s*(long|int|float) ([a-z_, ]+);", Pattern.MULTILINE).matcher(body);
    Map<String, String> fields = new LinkedHashMap<>();
    List<String> types = new ArrayList<>();
    while (declaration.find()) {
      types.add(declaration.group(1));
      for (String name : declaration.group(2).split(",", -1)) {
        fields.put(name.strip(), declaration.group(1));
      }
    }
    long declarations =
        body.lines().filter(line -> line.contains(";") && !line.strip().startsWith("//")).count();
    assertThat(types).as("declarations understood").hasSize((int) declarations);
    return fields;
  }
}
