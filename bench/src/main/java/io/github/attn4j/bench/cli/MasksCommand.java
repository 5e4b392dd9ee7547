package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.mask.MaskAndScore;
import io.github.attn4j.bench.picture.TerminalPicture;
import io.github.attn4j.bench.picture.TextLines;
import io.github.attn4j.core.expression.NearMiss;
import io.github.attn4j.core.expression.Preset;
import io.github.attn4j.core.expression.Presets;
import io.github.attn4j.core.expression.TableGenerator;
import io.github.attn4j.core.spec.AttentionSpec;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./attn masks}: the patterns and scores that have a name. */
@Command(
    name = "masks",
    description = {
      "Lists the masks and scores that have a name, and draws each mask small.",
      "Each comes with its paper, parameters and text; a parameter is changed by --let or in brackets: bigbird(block=32)."
    },
    mixinStandardHelpOptions = true)
final class MasksCommand implements Callable<Integer> {
  private static final int MOST_COLUMNS = 100;

  /** Beside a picture there must be room for a few words. */
  private static final int LEAST_COLUMNS = 60;

  /** Queries and keys of a small picture. */
  private static final int DRAWN = 32;

  private static final String GAP = "  ";

  /** With parameters that show the pattern in so few pairs. */
  private static final Map<String, String> SMALL =
      Map.ofEntries(
          Map.entry("window", "window(left=6,right=2)"),
          Map.entry("prefix-lm", "prefix-lm(prefix=8)"),
          Map.entry("document", "document(documents=4)"),
          Map.entry("strided", "strided(stride=5)"),
          Map.entry("fixed", "fixed(stride=8,summary=2)"),
          Map.entry("dilated", "dilated(width=3,dilation=3)"),
          Map.entry("longformer", "longformer(window=6,globals=2)"),
          Map.entry("bigbird", "bigbird(block=2,globals=1,random=2)"),
          Map.entry("sinks", "sinks(window=8,sinks=2)"),
          Map.entry("block-diagonal", "block-diagonal(block=8)"));

  @Spec private CommandSpec command;

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      completionCandidates = Candidates.MasksAndScores.class,
      description = "Which; all unless named.")
  private List<String> names = new ArrayList<>();

  @Option(names = "--plain", description = "Text alone, no pictures.")
  private boolean plain;

  @Override
  public Integer call() {
    List<String> known = Presets.all().stream().map(Preset::id).toList();
    for (String name : names) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(NearMiss.unknown(name, known));
      }
    }
    PrintWriter out = command.commandLine().getOut();
    for (Preset preset : Presets.all()) {
      if (names.isEmpty() || names.contains(preset.id())) {
        print(out, preset);
      }
    }
    if (names.isEmpty()) {
      out.println("Tables that --table NAME=... makes for the shape:");
      for (TableGenerator generator : TableGenerator.all()) {
        String parameters =
            generator.parameters().stream()
                .map(parameter -> parameter.name() + "=" + parameter.standard())
                .collect(Collectors.joining(","));
        TextLines.wrapped(
                "%s(%s): %s %s"
                    .formatted(generator.id(), parameters, generator.shape(), generator.meaning()),
                columns() - GAP.length())
            .forEach(line -> out.println(GAP + line));
      }
    }
    out.flush();
    return ExitCode.OK;
  }

  private void print(PrintWriter out, Preset preset) {
    boolean drawn = !plain && !preset.isScore();
    String small = SMALL.getOrDefault(preset.id(), preset.id());
    List<String> picture = drawn ? picture(small) : List.of();
    int width = columns() - (drawn ? DRAWN + GAP.length() : GAP.length());
    List<String> text = text(preset, width, drawn ? small : null);
    for (int line = 0; line < Math.max(picture.size(), text.size()); line++) {
      String left = !drawn ? "" : line < picture.size() ? picture.get(line) : " ".repeat(DRAWN);
      String indent = drawn || line > 0 ? GAP : "";
      out.println((left + indent + (line < text.size() ? text.get(line) : "")).stripTrailing());
    }
    out.println();
  }

  private static int columns() {
    return Math.max(LEAST_COLUMNS, Terminal.columns(MOST_COLUMNS));
  }

  private static List<String> text(Preset preset, int width, @Nullable String drawn) {
    List<String> lines = new ArrayList<>();
    lines.add(preset.id() + (preset.isScore() ? "  (a score)" : ""));
    lines.addAll(TextLines.wrapped(preset.idea(), width));
    lines.addAll(TextLines.wrapped(preset.paper(), width));
    for (Preset.Parameter parameter : preset.parameters()) {
      lines.addAll(
          TextLines.wrapped(
              "%s = %s: %s".formatted(parameter.name(), parameter.standard(), parameter.meaning()),
              width));
    }
    lines.addAll(TextLines.wrapped(preset.text(), width));
    if (drawn != null) {
      lines.addAll(
          TextLines.wrapped("drawn: %s, %d queries and keys".formatted(drawn, DRAWN), width));
    }
    return lines;
  }

  private static List<String> picture(String mask) {
    AttentionSpec spec =
        MaskAndScore.parse(mask, "").applyTo(AttentionSpec.builder().length(DRAWN).dim(1).build());
    return TerminalPicture.lines(spec, spec.blockMap(), 0, 0, DRAWN);
  }
}
