package io.github.attn4j.opencl;

import io.github.attn4j.core.expression.SizeExpression;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.kernel.StorageForms;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.spec.ElementType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the descriptor of a user's kernel file. Every field is known or refused, every expression
 * is parsed and knows its names, before anything is built.
 */
final class DescriptorReader {
  /** Version of the descriptor's form. */
  static final int VERSION = 1;

  /** The oldest struct that a descriptor may have been written for: the first one that had any. */
  private static final int OLDEST_PARAMS = 4;

  /** Macros that the suite sets, whatever a descriptor says. */
  static final Set<String> RESERVED =
      Set.of(
          "QUERY_TYPE",
          "KV_TYPE",
          "PAGED",
          "MASK_EXPRESSION",
          "SCORE_EXPRESSION",
          "ATTENTION_PARAMS_VERSION");

  static final Set<String> FIELDS =
      Set.of(
          "$schema",
          "descriptorVersion",
          "paramsVersion",
          "id",
          "description",
          "macros",
          "tuning",
          "constraints",
          "launches",
          "localBytes",
          "scratchFloats",
          "keyParts",
          "tiles",
          "supports");
  static final Set<String> TUNING_FIELDS = Set.of("name", "values", "default", "meaning");
  static final Set<String> CONSTRAINT_FIELDS = Set.of("require", "because");
  static final Set<String> LAUNCH_FIELDS = Set.of("function", "global", "local");
  static final Set<String> TILES_FIELDS = Set.of("queries", "keys", "alongBlockMap");
  static final Set<String> SUPPORTS_FIELDS =
      Set.of(
          "masks",
          "scoreExpressions",
          "softCap",
          "groupedHeads",
          "keyLengths",
          "queryLengths",
          "strides",
          "queryTypes",
          "keyValueTypes",
          "packed",
          "paged",
          "deterministic");

  private static final String MACRO = "[A-Z][A-Z0-9_]{0,63}";
  private static final String MACRO_PHRASE = "a macro's name: capitals, digits and _";
  private static final int MOST_DIMENSIONS = 3;
  private static final int LARGEST_VALUE = 999_999_999;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private DescriptorReader() {}

  /** The file as JSON. */
  static JsonNode tree(Path path) {
    try {
      return MAPPER.readTree(Files.readString(path));
    } catch (JacksonException e) {
      throw new InvalidFileException(path, "it is no JSON: " + JsonReport.where(e));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the descriptor %s (%s)".formatted(path, e), e);
    }
  }

  /**
   * Reads a descriptor.
   *
   * @throws IllegalArgumentException naming the field, its value and the way out
   */
  static KernelDescriptor read(Path path, JsonNode tree) {
    DescriptorNode whole = new DescriptorNode(path, "", tree);
    if (!tree.isObject()) {
      throw whole.error("a descriptor is a JSON object (docs/your-own-kernel.md)");
    }
    requireVersions(whole); // before the fields, which a newer version may have more of
    whole.only(FIELDS);
    String id =
        whole
            .required("id")
            .text("[a-z][a-z0-9_]{0,63}", "a name: small letters, digits and _, as in my_variant");
    Set<String> names = new LinkedHashSet<>(GivenNames.ALL);
    List<KernelDescriptor.Choice> tuning = new ArrayList<>();
    for (DescriptorNode one : items(whole, "tuning")) {
      tuning.add(choice(one, names, tuning));
    }
    tuning.forEach(choice -> names.add(choice.parameter().name()));
    Map<String, SizeExpression> macros = macros(whole, names);
    names.addAll(macros.keySet());
    List<KernelDescriptor.Requirement> constraints = new ArrayList<>();
    for (DescriptorNode one : items(whole, "constraints")) {
      one.only(CONSTRAINT_FIELDS);
      constraints.add(
          new KernelDescriptor.Requirement(
              one.required("require").condition(names), one.required("because").text()));
    }
    return new KernelDescriptor(
        path,
        id,
        macros,
        tuning,
        constraints,
        launches(whole.required("launches"), names),
        number(whole, "localBytes", 0, names),
        number(whole, "scratchFloats", 0, names),
        number(whole, "keyParts", 1, names),
        whole.optional("tiles").map(tiles -> tiles(tiles, names)),
        features(whole.required("supports").only(SUPPORTS_FIELDS)));
  }

  private static void requireVersions(DescriptorNode whole) {
    DescriptorNode own = whole.required("descriptorVersion");
    if (own.integer() != VERSION) {
      throw own.error(
          "is %d, and this suite reads %d: %s"
              .formatted(
                  own.integer(),
                  VERSION,
                  own.integer() > VERSION
                      ? "take a newer attn4j, or write it in version " + VERSION
                      : "versions count from " + VERSION));
    }
    DescriptorNode params = whole.required("paramsVersion");
    if (params.integer() > AttentionParams.VERSION) {
      throw params.error(
          "is %d, and this suite's attention_params is version %d: take a newer attn4j, or write the kernel for the fields that docs/your-own-kernel.md lists"
              .formatted(params.integer(), AttentionParams.VERSION));
    }
    if (params.integer() < OLDEST_PARAMS) {
      throw params.error(
          "is %d, and the oldest attention_params that a kernel may be written for is version %d: compare its fields with docs/your-own-kernel.md, and say %d"
              .formatted(params.integer(), OLDEST_PARAMS, AttentionParams.VERSION));
    }
  }

  private static List<DescriptorNode> items(DescriptorNode whole, String field) {
    return whole.optional(field).map(DescriptorNode::items).orElse(List.of());
  }

  private static SizeExpression number(
      DescriptorNode whole, String field, int otherwise, Set<String> names) {
    return whole
        .optional(field)
        .map(node -> node.number(names))
        .orElseGet(() -> SizeExpression.number(String.valueOf(otherwise), names));
  }

  private static KernelDescriptor.Choice choice(
      DescriptorNode node, Set<String> names, List<KernelDescriptor.Choice> before) {
    node.only(TUNING_FIELDS);
    DescriptorNode name = node.required("name");
    requireFree(name, name.text(MACRO, MACRO_PHRASE));
    if (before.stream().anyMatch(other -> other.parameter().name().equals(name.text()))) {
      throw name.error("names %s a second time".formatted(name.text()));
    }
    DescriptorNode list = node.required("values");
    List<Integer> values = new ArrayList<>();
    for (DescriptorNode item : list.items()) {
      int value = item.integer();
      if (value < 0 || value > LARGEST_VALUE) {
        throw item.error("is %d, and should be 0 to %,d".formatted(value, LARGEST_VALUE));
      }
      if (!values.isEmpty() && value <= values.getLast()) {
        throw item.error("is %d behind %d: list them in order".formatted(value, values.getLast()));
      }
      values.add(value);
    }
    if (values.isEmpty()) {
      throw list.error("lists none: name the values that are worth trying");
    }
    return new KernelDescriptor.Choice(
        new TuningParameter(name.text(), values, node.required("meaning").text()),
        node.required("default").number(names));
  }

  private static void requireFree(DescriptorNode place, String macro) {
    if (RESERVED.contains(macro)) {
      throw place.error(
          "sets %s, which the suite sets itself: leave it out, and say what the kernel takes under supports"
              .formatted(macro));
    }
  }

  /** In their order: one may use those before it. */
  private static Map<String, SizeExpression> macros(DescriptorNode whole, Set<String> names) {
    Map<String, SizeExpression> macros = new LinkedHashMap<>();
    DescriptorNode all = whole.optional("macros").orElse(null);
    if (all == null) {
      return macros;
    }
    Set<String> known = new LinkedHashSet<>(names);
    for (String name : all.names()) {
      DescriptorNode macro = all.required(name);
      if (!name.matches(MACRO)) {
        throw macro.error("should be " + MACRO_PHRASE);
      }
      requireFree(macro, name);
      if (known.contains(name)) {
        throw macro.error("is set by tuning too: leave one of them out");
      }
      macros.put(name, macro.number(known));
      known.add(name);
    }
    return macros;
  }

  private static List<KernelDescriptor.Launch> launches(DescriptorNode list, Set<String> names) {
    List<KernelDescriptor.Launch> launches = new ArrayList<>();
    for (DescriptorNode node : list.items()) {
      node.only(LAUNCH_FIELDS);
      DescriptorNode local = node.required("local");
      DescriptorNode global = node.required("global");
      int dimensions = global.items().size();
      if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
        throw global.error(
            "has %d sizes: OpenCL has 1 to %d dimensions".formatted(dimensions, MOST_DIMENSIONS));
      }
      if (local.items().size() != dimensions) {
        throw local.error(
            "has %d sizes, and global has %d: one for each dimension"
                .formatted(local.items().size(), dimensions));
      }
      launches.add(
          new KernelDescriptor.Launch(
              node.required("function").text("[A-Za-z_]\\w*", "the name of a __kernel function"),
              global.items().stream().map(size -> size.number(names)).toList(),
              local.items().stream().map(size -> size.number(names)).toList()));
    }
    if (launches.isEmpty()) {
      throw list.error("lists none: a kernel launches something");
    }
    return launches;
  }

  private static KernelDescriptor.Tiles tiles(DescriptorNode node, Set<String> names) {
    node.only(TILES_FIELDS);
    return new KernelDescriptor.Tiles(
        node.required("queries").number(names),
        node.required("keys").number(names),
        truth(node, "alongBlockMap"));
  }

  private static boolean truth(DescriptorNode node, String field) {
    return node.optional(field).map(DescriptorNode::truth).orElse(false);
  }

  private static GivenFeatures features(DescriptorNode node) {
    Set<GivenFeatures.GivenMask> masks = EnumSet.noneOf(GivenFeatures.GivenMask.class);
    for (DescriptorNode item : items(node, "masks")) {
      masks.add(
          EnumSet.allOf(GivenFeatures.GivenMask.class).stream()
              .filter(mask -> mask.label().equals(item.text()))
              .findFirst()
              .orElseThrow(() ->
                  item.error(
                      "is '%s', and masks are window, boolean, additive, expression (full is always asked)"
                          .formatted(item.text()))));
    }
    StorageForms forms =
        new StorageForms(
            types(node.optional("queryTypes"), StorageForms.ALL.queryTypes()),
            types(node.optional("keyValueTypes"), StorageForms.ALL.keyValueTypes()),
            truth(node, "packed"),
            truth(node, "paged"),
            truth(node, "queryLengths"));
    return new GivenFeatures(
        masks,
        truth(node, "scoreExpressions"),
        truth(node, "softCap"),
        truth(node, "groupedHeads"),
        truth(node, "keyLengths"),
        truth(node, "strides"),
        truth(node, "deterministic"),
        forms);
  }

  private static Set<ElementType> types(Optional<DescriptorNode> list, Set<ElementType> possible) {
    if (list.isEmpty()) {
      return Set.of(ElementType.F32);
    }
    List<String> labels = possible.stream().map(ElementType::label).toList();
    Set<ElementType> types = EnumSet.noneOf(ElementType.class);
    for (DescriptorNode item : list.get().items()) {
      if (!labels.contains(item.text())) {
        throw item.error(
            "is '%s', and may be one of %s".formatted(item.text(), String.join(", ", labels)));
      }
      types.add(ElementType.parse(item.text()));
    }
    if (types.isEmpty()) {
      throw list.get().error("lists none: leave it out for f32 alone");
    }
    return types;
  }
}
