package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.core.tuning.ShapeClass;
import io.github.attn4j.core.tuning.StoredTunings;
import io.github.attn4j.core.tuning.TuningRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a descriptor says, and what is said of one that makes no sense. No device is asked. */
class GivenKernelTest {
  private static final DeviceInfo GPU = TestDevices.gpu("somebody", 32 << 10, 256);
  private static final Path DOCS =
      Path.of(System.getProperty("basedir", "")).resolve("../../docs").normalize();
  private static final String SOURCE =
      """
      #include "attention_params.clh"
      #ifndef TILE
      #define TILE 32
      #endif
      // a comment may name OTHER, and /* even this */ changes nothing
      __kernel void small_kernel(__global const float *q) {}
      __kernel __attribute__((reqd_work_group_size(8, 1, 1))) void second(__global const float *q) {}
      """;
  private static final String DESCRIPTOR =
      """
      {
        "descriptorVersion": 1,
        "paramsVersion": 4,
        "id": "small_kernel",
        "tuning": [{"name": "TILE", "values": [16, 32], "default": 32, "meaning": "keys of a tile"}],
        "constraints": [{"require": "head_dim % 4 == 0", "because": "reads vectors of 4"}],
        "launches": [{"function": "small_kernel", "global": ["(query_len + TILE - 1) / TILE * TILE", "batch * query_heads"], "local": ["TILE", 1]}],
        "localBytes": "4 * TILE * head_dim",
        "scratchFloats": "batch * query_heads * query_len",
        "supports": {"masks": ["window"], "groupedHeads": true}
      }
      """;

  @TempDir private Path folder = Path.of("");

  private GivenKernel kernel(String source, String descriptor) {
    try {
      Path file = folder.resolve("my.cl");
      Files.writeString(file, source);
      Path json = folder.resolve("my.json");
      Files.writeString(json, descriptor);
      return GivenKernel.read(file, json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private GivenKernel kernel() {
    return kernel(SOURCE, DESCRIPTOR);
  }

  private static AttentionSpec spec(int length, int dim) {
    return AttentionSpec.builder().heads(2).length(length).dim(dim).build();
  }

  @Test
  void aDescriptorIsAVariantOfTheBackend() {
    GivenKernel kernel = kernel();
    AttentionSpec spec = spec(97, 64);
    Tuning tuning = kernel.defaultTuning(spec, GPU);
    assertThat(kernel.globalId()).isEqualTo("file:small_kernel");
    assertThat(kernel.backend()).isEqualTo(OpenClBackend.ID);
    assertThat(tuning.label()).isEqualTo("TILE=32");
    assertThat(kernel.supports(spec, GPU)).isEqualTo(Support.yes());
    LaunchPlan plan = kernel.plan(spec, GPU, tuning, SequenceWords.of(spec));
    assertThat(plan.options()).endsWith(" -DTILE=32");
    assertThat(plan.keyParts()).isEqualTo(1);
    assertThat(plan.stages()).hasSize(1);
    assertThat(plan.stages().getFirst().global()).containsExactly(128, 2);
    assertThat(plan.stages().getFirst().local()).containsExactly(32, 1);
    assertThat(kernel.scratchBytes(spec, GPU, tuning)).isEqualTo(4 * 2 * 97);
    assertThat(kernel.scratchFormula()).isEqualTo("4*(batch * query_heads * query_len)");
    assertThat(kernel.footprint(spec, GPU, tuning).groupBytes()).isEqualTo(4 * 32 * 64);
    assertThat(kernel.footprint(spec, GPU, tuning).groups()).isEqualTo(8);
  }

  @Test
  void whatIsNotDeclaredIsUnsupportedForThatReason() {
    GivenKernel kernel = kernel();
    AttentionSpec plain = spec(20, 64);
    assertThat(reason(kernel, plain.toBuilder().mask(Mask.causal()).build())).isEmpty();
    assertThat(reason(kernel, plain.toBuilder().softCap(5).build())).contains("supports.softCap");
    assertThat(reason(kernel, plain.toBuilder().keyLengths(List.of(7)).build()))
        .contains("supports.keyLengths");
    assertThat(reason(kernel, plain.toBuilder().storage(ElementType.F16).build()))
        .contains("takes queries of f32, not of f16");
    assertThat(reason(kernel, plain.toBuilder().bshd().build())).contains("supports.strides");
    assertThat(reason(kernel, plain.toBuilder().deterministic(true).build()))
        .contains("same bits in any batch");
    assertThat(reason(kernel, spec(20, 66)))
        .isEqualTo("reads vectors of 4 (its descriptor requires head_dim % 4 == 0)");
    assertThat(reason(kernel, spec(20, 512))).contains("65536 bytes of local memory");
    assertThat(((Support.No) kernel.admits(Tuning.of("TILE", 24), plain, GPU)).reason())
        .contains("may be one of [16, 32]");
  }

  private static String reason(GivenKernel kernel, AttentionSpec spec) {
    return kernel.supports(spec, GPU) instanceof Support.No no ? no.reason() : "";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "\"id\": \"small_kernel\"; \"id\": \"Small\"; id is \"Small\", and should be a name",
        "\"id\"; \"idd\"; idd is no field of a descriptor, version 1: did you mean 'id'?",
        "\"descriptorVersion\": 1; \"descriptorVersion\": 2; descriptorVersion is 2, and this suite reads 1: take a newer attn4j",
        "\"paramsVersion\": 4; \"paramsVersion\": 5; paramsVersion is 5, and this suite's attention_params is version 4",
        "\"paramsVersion\": 4; \"paramsVersion\": 3; paramsVersion is 3, and the oldest",
        "\"paramsVersion\": 4,; ; paramsVersion is missing",
        "[16, 32]; [32, 16]; tuning[0].values[1] is 16 behind 32",
        "[16, 32]; []; tuning[0].values lists none",
        "[16, 32]; [16, 64]; the default of TILE is 32",
        "\"name\": \"TILE\"; \"name\": \"QUERY_TYPE\"; tuning[0].name sets QUERY_TYPE, which the suite sets itself",
        "\"name\": \"TILE\"; \"name\": \"TILES\"; did you mean 'TILES'?",
        "head_dim % 4 == 0; head_dim; constraints[0].require cannot be used: this is a number",
        "head_dim % 4; heads % 4; unknown name 'heads'",
        "(query_len + TILE - 1) / TILE * TILE; query_len; launches[0].global[0] is 97 for B1 H2 S97 D64 full and TILE=16, no multiple of launches[0].local[0], which is 16: round it up, as (query_len + 15) / 16 * 16 does",
        "(query_len + TILE - 1) / TILE * TILE; query_len / 128 * TILE; launches[0].global[0] is 0",
        "[\"TILE\", 1]; [\"TILE\"]; launches[0].local has 1 sizes, and global has 2",
        "\"function\": \"small_kernel\"; \"function\": \"smal_kernel\"; my.cl does not have; its __kernel functions are second, small_kernel",
        "4 * TILE * head_dim; 4 * TILE / (head_dim - 64); localBytes cannot be counted for B1 H2 S97 D64 full and TILE=16: '4 * TILE / (head_dim - 64)': it divides by 0",
        "[\"window\"]; [\"causal\"]; supports.masks[0] is 'causal', and masks are window",
        "\"groupedHeads\": true; \"groupedHeads\": 1; supports.groupedHeads is 1, and should be true or false",
        "\"groupedHeads\": true; \"queryTypes\": [\"i8\"]; supports.queryTypes[0] is 'i8', and may be one of f32, f16, bf16",
        "4 * TILE * head_dim; head_dim - 65; localBytes is -1 for B1 H2 S97 D64 full and TILE=16, and should be 0 to 1,125,899,906,842,624",
        "\"batch * query_heads * query_len\"; -1; scratchFloats is -1 for B1 H2 S97 D64 full and TILE=16, and should be 0 to",
        "\"localBytes\"; \"keyParts\": 0, \"localBytes\"; keyParts is 0 for B1 H2 S97 D64 full and TILE=16, and should be 1 to 2,147,483,647",
        "\"localBytes\"; \"keyParts\": \"0 - 1\", \"localBytes\"; keyParts is -1 for",
        "\"localBytes\"; \"tiles\": {\"queries\": 0, \"keys\": 8}, \"localBytes\"; tiles.queries is 0 for",
        "\"localBytes\"; \"tiles\": {\"queries\": 8, \"keys\": \"TILE - 16\"}, \"localBytes\"; tiles.keys is 0 for",
        "\"localBytes\"; \"tiles\": {\"queries\": 0, \"keys\": 0}, \"localBytes\"; tiles.queries is 0 for",
        "\"localBytes\"; \"macros\": {\"UNUSED\": 3}, \"localBytes\"; the macro UNUSED is missing from",
        "\"localBytes\"; \"macros\": {\"TILE\": 3}, \"localBytes\"; macros.TILE is set by tuning too",
        "\"localBytes\"; \"macros\": {\"tile\": 3}, \"localBytes\"; macros.tile should be a macro's name",
      })
  void aMistakeIsNamedWithItsPlaceAndTheWayOut(String text, String replacement, String message) {
    assertThat(DESCRIPTOR).contains(text);
    String descriptor = DESCRIPTOR.replace(text, replacement == null ? "" : replacement);
    assertThatThrownBy(() -> kernel(SOURCE, descriptor))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(folder.resolve("my.json").toString())
        .satisfies(e -> assertThat(e.getMessage()).containsSubsequence(message.split("; its", -1)));
  }

  @Test
  void aDefaultThatMakesSenseWhereItsConstraintHoldsIsAskedOnlyThere() {
    String guarded =
        DESCRIPTOR
            .replace("head_dim % 4 == 0", "head_dim % 64 == 0")
            .replace("\"default\": 32", "\"default\": \"head_dim / 4\"");
    GivenKernel kernel = kernel(SOURCE, guarded.replace("[16, 32]", "[16, 32, 64]"));
    assertThat(reason(kernel, spec(20, 64))).isEmpty();
    assertThat(kernel.defaultTuning(spec(20, 64), GPU).label()).isEqualTo("TILE=16");
    assertThat(reason(kernel, spec(20, 40)))
        .isEqualTo("reads vectors of 4 (its descriptor requires head_dim % 64 == 0)");
    // What the constraint lets through is not excused.
    assertThatThrownBy(() -> kernel.supports(spec(20, 512), GPU))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the default of TILE is 128 for B1 H2 S20 D512 full");
  }

  @Test
  void aMacroIsCountedOnlyWhereTheConstraintsHold() {
    GivenKernel kernel =
        kernel(
            SOURCE,
            DESCRIPTOR
                .replace("head_dim % 4 == 0", "head_dim >= 64 && ROWS >= TILE / 8")
                .replace(
                    "\"tuning\"", "\"macros\": {\"ROWS\": \"128 / (head_dim / 64)\"}, \"tuning\"")
                .replace("4 * TILE * head_dim", "4 * ROWS"));
    AttentionSpec small = spec(20, 40);
    assertThat(reason(kernel, spec(20, 64))).isEmpty();
    assertThat(reason(kernel, small)).contains("requires head_dim >= 64");
    assertThat(kernel.admits(Tuning.of("TILE", 16), small, GPU)).isInstanceOf(Support.No.class);
    assertThatThrownBy(() -> kernel.footprint(small, GPU, Tuning.of("TILE", 16)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(folder.resolve("my.json") + ": macros.ROWS cannot be counted for ")
        .hasMessageEndingWith("it divides by 0");
  }

  @Test
  void aMacroOfConstraintsAloneIsUsed() {
    GivenKernel kernel =
        kernel(
            SOURCE,
            DESCRIPTOR
                .replace("head_dim % 4 == 0", "head_dim % WIDTH == 0")
                .replace("\"tuning\"", "\"macros\": {\"WIDTH\": 4}, \"tuning\""));
    assertThat(reason(kernel, spec(20, 64))).isEmpty();
    assertThat(reason(kernel, spec(20, 66))).contains("requires head_dim % WIDTH == 0");
  }

  @Test
  void aSizeThatTheDescriptorForgetsIsNamed() {
    String source = SOURCE + "#ifndef BLOCK_Q\n#define BLOCK_Q 16\n#endif\n";
    assertThatThrownBy(() -> kernel(source, DESCRIPTOR))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the macro BLOCK_Q is missing from tuning and macros")
        .hasMessageContaining("with the default 16");
  }

  @Test
  void filesThatCannotBeReadAreNamed() throws IOException {
    kernel();
    Path json = folder.resolve("my.json");
    Path file = folder.resolve("my.cl");
    assertThatThrownBy(() -> GivenKernel.read(folder.resolve("none.cl"), json))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("none.cl");
    assertThatThrownBy(() -> GivenKernel.read(file, folder.resolve("none.json")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("none.json");
    assertThatThrownBy(() -> kernel(SOURCE, DESCRIPTOR + "}"))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageContaining("it is no JSON");
    assertThatThrownBy(() -> kernel(SOURCE, "{\"id\": 1, \"id\": 2}"))
        .isInstanceOf(InvalidFileException.class);
    assertThatThrownBy(() -> kernel("\n#include \"nowhere.clh\"\n" + SOURCE, DESCRIPTOR))
        .isInstanceOf(InvalidFileException.class)
        .hasMessageContaining("line 2 includes \"nowhere.clh\"");
  }

  @Test
  void whatLiesBesideTheFileIsIncludedBeforeTheSuites() throws IOException {
    Files.writeString(folder.resolve("tiles.clh"), "#define MINE 1\n");
    kernel("#include \"tiles.clh\"\n" + SOURCE, DESCRIPTOR);
    Path file = folder.resolve("my.cl");
    String text = KernelSource.load(file);
    assertThat(text)
        .contains("#define MINE 1")
        .contains("#line 1 \"" + folder.resolve("tiles.clh") + "\"")
        .contains("#line 2 \"" + file + "\"")
        .contains("} attention_params;");
  }

  @Test
  void theDigestIsOfTheTextTheHeadersAndTheDescriptor() {
    String digest = kernel().sourceDigest();
    assertThat(kernel().sourceDigest()).isEqualTo(digest);
    assertThat(kernel(SOURCE + "// said\n", DESCRIPTOR).sourceDigest()).isEqualTo(digest);
    assertThat(kernel(SOURCE + "int x;\n", DESCRIPTOR).sourceDigest()).isNotEqualTo(digest);
    assertThat(kernel(SOURCE, DESCRIPTOR.replace("32]", "32, 64]")).sourceDigest())
        .isNotEqualTo(digest);
  }

  @Test
  void aUrlInTheDescriptorEndsNoDigest() {
    String url =
        DESCRIPTOR.replaceFirst(
            "\\{",
            "{\"\\$schema\": \"https://example.org/s.json\", \"description\": \"/* http://a\",");
    String digest = kernel(SOURCE, url).sourceDigest();
    assertThat(kernel(SOURCE, url).sourceDigest()).isEqualTo(digest);
    for (String changed :
        List.of(
            url.replace("32]", "32, 64]"),
            url.replace("TILE * TILE\", ", "TILE * TILE + TILE\", "),
            url.replace("http://a", "http://b"),
            url.replace("\"tuning\"", "\"macros\": {\"HEAD_DIM\": \"head_dim\"}, \"tuning\""))) {
      assertThat(changed).isNotEqualTo(url);
      assertThat(kernel(SOURCE + "int x = HEAD_DIM;\n", changed).sourceDigest())
          .isNotEqualTo(kernel(SOURCE + "int x = HEAD_DIM;\n", url).sourceDigest());
    }
  }

  @Test
  void whatLooksLikeACommentInATextOfTheFileIsNone() {
    String text = SOURCE + "void say(int x) { printf(\"\\\"//%d\", x + 1); } /* // */ int y = 1;\n";
    String digest = kernel(text, DESCRIPTOR).sourceDigest();
    assertThat(kernel(text.replace("x + 1", "x + 2"), DESCRIPTOR).sourceDigest())
        .isNotEqualTo(digest);
    assertThat(kernel(text.replace("y = 1", "y = 2"), DESCRIPTOR).sourceDigest())
        .isNotEqualTo(digest);
    assertThat(kernel(text.replace("/* // */", "/* -- */"), DESCRIPTOR).sourceDigest())
        .isEqualTo(digest);
  }

  @Test
  void itsOptionsCanBePastedIntoAShell() {
    assertThat(kernel().options())
        .isEqualTo(
            "--kernel-file %s --kernel-descriptor %s"
                .formatted(folder.resolve("my.cl"), folder.resolve("my.json")));
    GivenKernel spaced = GivenKernel.read(move("my.cl", "my own.cl"), folder.resolve("my.json"));
    assertThat(spaced.options()).startsWith("--kernel-file '%s/my own.cl' ".formatted(folder));
  }

  @Test
  void aRecordThatIsPassedOverSaysHowToMeasureItAnew() {
    GivenKernel kernel = kernel();
    AttentionSpec spec = spec(20, 64);
    TuningRecord record =
        new TuningRecord(
            GPU.backend(),
            GPU.name(),
            GPU.driver(),
            GPU.computeUnits(),
            kernel.globalId(),
            "another",
            ShapeClass.of(spec, GPU),
            "TILE=16",
            90,
            "TILE=32",
            100,
            1.11,
            1.09,
            true,
            spec.label(),
            "2026-01-01T00:00:00Z");
    List<String> said = new ArrayList<>();
    Tunings stored =
        new StoredTunings(
            List.of(record), "FILE", StoredTunings.Recheck.NONE, Tunings.OF_THE_KERNELS, said::add);
    assertThat(stored.of(kernel, spec, GPU).label()).isEqualTo("TILE=32");
    assertThat(said)
        .singleElement()
        .asString()
        .contains("source has changed")
        .contains("./attn tune %s measures it anew".formatted(kernel.options()));
  }

  private Path move(String from, String to) {
    try {
      return Files.move(folder.resolve(from), folder.resolve(to));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theSanitizersProcessRefusesWhatWasSavedInTheMeantime() throws IOException {
    GivenKernel kernel = kernel();
    String[] arguments =
        Oclgrind.arguments(
                kernel,
                new SanitizedCases(SanitizedCases.Grid.SMALL, null),
                Tuning.NONE,
                SanitizedDevice.of(kernel).getFirst(),
                folder)
            .toArray(String[]::new);
    Files.writeString(folder.resolve("my.json"), DESCRIPTOR.replace("32]", "32, 64]"));
    assertThatThrownBy(() -> SanitizedRun.main(arguments))
        .isInstanceOf(BackendException.LaunchFailed.class)
        .hasMessageContaining("my.json has changed since the run began (they have another digest)");
    Files.delete(folder.resolve("my.cl"));
    assertThatThrownBy(() -> SanitizedRun.main(arguments))
        .isInstanceOf(BackendException.LaunchFailed.class)
        .hasMessageContaining("has changed since the run began (cannot read the kernel file");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"attention_params", "pair_score", "row_of_scores", "m_i", "get_global_id"})
  void aTemplateRefusesTheNamesOfItsProgram(String name) {
    assertThatThrownBy(() -> new KernelTemplate(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            name + " is a name of the suite's headers or of the template already: choose another");
  }

  @Test
  void theTemplateIsADescriptorByTheSchemaAndReadsBack() throws IOException {
    KernelTemplate template = new KernelTemplate("my_variant");
    assertThat(schema().validate(new JsonMapper().readTree(template.descriptor()))).isEmpty();
    template.write(folder);
    GivenKernel kernel =
        GivenKernel.read(template.sourceFile(folder), template.descriptorFile(folder));
    assertThat(kernel.globalId()).isEqualTo("file:my_variant");
    assertThat(schema().validate(new JsonMapper().readTree(DESCRIPTOR))).isEmpty();
    assertThat(schema().validate(new JsonMapper().readTree(DESCRIPTOR.replace("\"id\"", "\"i\""))))
        .isNotEmpty();
  }

  @Test
  void theSchemaHasTheFieldsThatAreRead() {
    JsonNode schema = schemaText();
    assertThat(schema.get("properties").propertyNames())
        .containsExactlyInAnyOrderElementsOf(DescriptorReader.FIELDS);
    assertThat(schema.at("/$defs/tuning/properties").propertyNames())
        .containsExactlyInAnyOrderElementsOf(DescriptorReader.TUNING_FIELDS);
    assertThat(schema.at("/$defs/constraint/properties").propertyNames())
        .containsExactlyInAnyOrderElementsOf(DescriptorReader.CONSTRAINT_FIELDS);
    assertThat(schema.at("/$defs/launch/properties").propertyNames())
        .containsExactlyInAnyOrderElementsOf(DescriptorReader.LAUNCH_FIELDS);
    assertThat(schema.at("/$defs/tiles/properties").propertyNames())
        .containsExactlyInAnyOrderElementsOf(DescriptorReader.TILES_FIELDS);
    assertThat(schema.at("/$defs/supports/properties").propertyNames())
        .containsExactlyInAnyOrderElementsOf(DescriptorReader.SUPPORTS_FIELDS);
    assertThat(schema.at("/properties/paramsVersion/const").intValue())
        .isEqualTo(AttentionParams.VERSION);
    assertThat(schema.at("/properties/descriptorVersion/const").intValue())
        .isEqualTo(DescriptorReader.VERSION);
  }

  @Test
  void thePagesTableOfTheStructIsTheStruct() throws IOException {
    String page = Files.readString(DOCS.resolve("your-own-kernel.md"));
    Matcher rows =
        Pattern.compile("(?m)^\\| `(\\w+)` \\| (long|int|float) \\| (\\d+) \\|").matcher(page);
    List<String> fields = new ArrayList<>();
    while (rows.find()) {
      fields.add("%s %s at %s".formatted(rows.group(2), rows.group(1), rows.group(3)));
    }
    String header = KernelSource.text("attention_params.clh");
    List<String> expected =
        AttentionParams.fields().stream()
            .map(field ->
                "%s %s at %d".formatted(type(header, field.name()), field.name(), field.offset()))
            .toList();
    assertThat(fields).containsExactlyElementsOf(expected);
    assertThat(page).contains("### The struct, version " + AttentionParams.VERSION);
  }

  /** As the C struct declares it. */
  private static String type(String header, String field) {
    Matcher declaration =
        Pattern.compile("(?m)^  (long|int|float) [^;/]*\\b" + field + "\\b[^;/]*;").matcher(header);
    assertThat(declaration.find()).as(field).isTrue();
    return declaration.group(1);
  }

  @Test
  void thePageListsEveryFieldAndName() throws IOException {
    String page = Files.readString(DOCS.resolve("your-own-kernel.md"));
    List<String> names = new ArrayList<>(GivenNames.ALL);
    DescriptorReader.FIELDS.stream().filter(name -> !name.startsWith("$")).forEach(names::add);
    names.addAll(DescriptorReader.SUPPORTS_FIELDS);
    for (String name : names) {
      assertThat(page).contains("`" + name + "`");
    }
  }

  private static JsonNode schemaText() {
    try {
      return new JsonMapper()
          .readTree(Files.readString(DOCS.resolve("kernel-descriptor.schema.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Schema schema() {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(schemaText());
  }
}
