package io.github.attn4j.bench.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Java in pages of docs is that of examples, which other tests run. */
class PageTest {
  private static final Path PROJECT = Path.of(System.getProperty("basedir", "")).resolve("..");

  private static final Pattern REGION =
      Pattern.compile("^ *// page: (?!end)(\\w+)\\n(.*?)^ *// page: end$", flags());

  private static final Pattern BLOCK =
      Pattern.compile("(?:<!-- example: (\\w+) -->\\n)?^```java\\n(.*?)^```$", flags());

  private static int flags() {
    return Pattern.DOTALL | Pattern.MULTILINE;
  }

  @ParameterizedTest
  @CsvSource({
    "cascade.md, test, PrefixSharing",
    "cache.md, test, GrowingCache",
    "lessons.md, main, CrossAttention",
    "decoder.md, test, GreedyDecoding"
  })
  void everyBlockOfJavaOnThePageIsInTheExample(String page, String sources, String example)
      throws IOException {
    String source =
        Files.readString(
            PROJECT.resolve(
                "bench/src/%s/java/io/github/attn4j/bench/example/%s.java"
                    .formatted(sources, example)));
    Map<String, String> regions = new LinkedHashMap<>();
    Matcher region = REGION.matcher(source);
    while (region.find()) {
      regions.put(region.group(1), region.group(2).stripTrailing().stripIndent());
    }
    Matcher block = BLOCK.matcher(Files.readString(PROJECT.resolve("docs").resolve(page)));
    List<String> shown = new ArrayList<>();
    while (block.find()) {
      assertThat(block.group(1)).as("the region that this is:%n%s", block.group(2)).isNotNull();
      assertThat(block.group(2).strip()).isEqualTo(regions.get(block.group(1)));
      shown.add(block.group(1));
    }
    assertThat(shown).containsExactlyElementsOf(regions.keySet()).isNotEmpty();
  }
}
