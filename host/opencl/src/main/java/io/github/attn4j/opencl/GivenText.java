package io.github.attn4j.opencl;

import io.github.attn4j.core.expression.SizeExpression;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Holds the text of a user's kernel file against its descriptor: a name that is in one of them
 * alone is a slip of the pen, which would otherwise run, and be slow or wrong for a reason that
 * nobody sees.
 *
 * @param own the file alone, without comments
 * @param whole with what it includes, likewise
 */
record GivenText(String own, String whole) {
  private static final Pattern FUNCTION =
      Pattern.compile(
          "\\b(?:__)?kernel\\b[^;{}]*?\\bvoid\\s+(?:__attribute__\\s*\\(\\(.*?\\)\\)\\)?\\s*)?(\\w+)\\s*\\(");

  /** As the house writes sizes that the host chooses: a default that the descriptor replaces. */
  private static final Pattern DEFAULT =
      Pattern.compile("(?m)^\\s*#\\s*ifndef\\s+(\\w+)\\s*\\n\\s*#\\s*define\\s+\\1[ \\t]+(\\S.*)$");

  static GivenText of(String own, String whole) {
    return new GivenText(KernelSource.withoutComments(own), KernelSource.withoutComments(whole));
  }

  /**
   * Refuses a descriptor that does not fit the file.
   *
   * @throws IllegalArgumentException naming what is missing, and where
   */
  void requireFits(String file, KernelDescriptor descriptor) {
    for (KernelDescriptor.Launch launch : descriptor.launches()) {
      if (!mentions(launch.function())) {
        throw new IllegalArgumentException(
            "%s: launches names the function %s, which %s does not have; its __kernel functions are %s"
                .formatted(descriptor.path(), launch.function(), file, functions()));
      }
    }
    Set<String> set = new LinkedHashSet<>(descriptor.macros().keySet());
    descriptor.tuning().forEach(choice -> set.add(choice.parameter().name()));
    for (String macro : set) {
      if (!mentions(macro) && expressions(descriptor).noneMatch(one -> one.uses(macro))) {
        throw new IllegalArgumentException(
            "%s: the macro %s is missing from %s: neither the file nor an expression uses it, so that nothing depends on it. Leave it out, or correct its name"
                .formatted(descriptor.path(), macro, file));
      }
    }
    Matcher defaults = DEFAULT.matcher(own);
    while (defaults.find()) {
      String macro = defaults.group(1);
      if (!set.contains(macro) && !DescriptorReader.RESERVED.contains(macro)) {
        throw new IllegalArgumentException(
            "%s: the macro %s is missing from tuning and macros: %s has '#ifndef %s' with the default %s, which would hold for every spec. Say what it is (as in \"macros\": {\"HEAD_DIM\": \"head_dim\"}), or drop the #ifndef"
                .formatted(descriptor.path(), macro, file, macro, defaults.group(2).strip()));
      }
    }
  }

  private boolean mentions(String name) {
    return Pattern.compile("\\b" + name + "\\b").matcher(whole).find();
  }

  private String functions() {
    Set<String> functions = new TreeSet<>();
    Matcher matcher = FUNCTION.matcher(own);
    while (matcher.find()) {
      functions.add(matcher.group(1));
    }
    return functions.isEmpty() ? "none" : String.join(", ", functions);
  }

  private static Stream<SizeExpression> expressions(KernelDescriptor descriptor) {
    Stream<SizeExpression> sizes =
        Stream.of(descriptor.localBytes(), descriptor.scratchFloats(), descriptor.keyParts());
    Stream<SizeExpression> launched =
        descriptor.launches().stream()
            .flatMap(launch -> Stream.concat(launch.global().stream(), launch.local().stream()));
    Stream<SizeExpression> tiles =
        descriptor.tiles().stream().flatMap(tile -> Stream.of(tile.queries(), tile.keys()));
    Stream<SizeExpression> macros =
        descriptor.macros().entrySet().stream().map(Map.Entry::getValue);
    Stream<SizeExpression> conditions =
        descriptor.constraints().stream().map(KernelDescriptor.Requirement::condition);
    return Stream.of(sizes, launched, tiles, macros, conditions).flatMap(each -> each);
  }
}
