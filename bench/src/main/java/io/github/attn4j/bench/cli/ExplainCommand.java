package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.Letters;
import io.github.attn4j.bench.explain.Explanation;
import io.github.attn4j.bench.explain.ExplanationPage;
import io.github.attn4j.bench.explain.ExplanationText;
import io.github.attn4j.bench.explain.Printable;
import io.github.attn4j.bench.explain.TextPatterns;
import io.github.attn4j.bench.explain.View;
import io.github.attn4j.bench.explain.Within;
import io.github.attn4j.bench.explain.WordInContext;
import io.github.attn4j.bench.shape.Mode;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.report.AtomicFile;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.model.EncoderModel;
import io.github.attn4j.model.EncoderReader;
import io.github.attn4j.model.ModelText;
import io.github.attn4j.model.TextModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./attn explain}: what attends to what in a text, in every head of a real model. */
@Command(
    name = "explain",
    description = {
      "Runs all-MiniLM-L6-v2 over a text on a device, and shows what attends to what in each of its 6 layers of 12 heads: a self-contained HTML page, or text for a terminal.",
      "For example: attn explain 'The animal did not cross the street because it was too tired'; attn explain --compare 'take a biopsy of the mole' 'one mole of carbon dioxide' --word mole. See docs/explain.md."
    },
    mixinStandardHelpOptions = true)
final class ExplainCommand implements Callable<Integer> {
  private static final Path DEFAULT_PAGE = Path.of("attn-report", "explain.html");

  @Spec private CommandSpec command;
  @ParentCommand private AttnCommand attn;
  @Mixin private WatchdogOption watchdogOption;

  @Parameters(arity = "0..1", paramLabel = "TEXT", description = "What the model reads, in quotes.")
  private @Nullable String text;

  @ArgGroup(exclusive = false)
  private @Nullable Compared compared;

  /** Two texts, and the words to be followed through both. */
  static final class Compared {
    @Option(
        names = "--compare",
        required = true,
        arity = "2",
        paramLabel = "TEXT",
        description =
            "Two texts with a word in common: layer by layer, how far each moves it from the vector that it starts with in both.")
    private List<String> texts = List.of();

    @Option(
        names = "--word",
        required = true,
        paramLabel = "WORD",
        description = "The word, its first occurrence in each; may be given several times.")
    private List<String> words = List.of();
  }

  @Option(
      names = "--layer",
      paramLabel = "L",
      description = "Which layer is shown first, from 0. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  private int layer;

  @Option(
      names = "--head",
      paramLabel = "H",
      description = "Which of its heads, from 0. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  private int head;

  @Option(
      names = "--causal",
      description =
          "Shows first what is left behind a causal mask; the page has both, and a switch.")
  private boolean causal;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Where the page goes. Default, without --text: attn-report/explain.html.")
  private @Nullable Path html;

  @Option(
      names = "--text",
      description =
          "Prints tokens, the head that --layer and --head name, and a line for each of all heads.")
  private boolean inTerminal;

  @Option(names = "--json", paramLabel = "FILE", description = "Writes all scores and LSE as JSON.")
  private @Nullable Path json;

  @Option(
      names = "--kernel",
      paramLabel = "ID",
      completionCandidates = Candidates.Kernels.class,
      description =
          "The kernel of every layer's attention, by global id. Default: the one made for the device.")
  private @Nullable String kernelId;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "Index, backend:index or part of a name from 'attn devices'. Default: a GPU before a CPU.")
  private @Nullable String deviceName;

  /** What the model said. */
  private record Read(String model, List<TextPatterns> texts, List<WordInContext> words) {}

  @Override
  public Integer call() {
    View view = view();
    Path page = html != null || inTerminal ? html : DEFAULT_PAGE;
    requireTwoFiles(page);
    for (Path file : files(page)) {
      AtomicFile.requireWritable(file);
    }
    Backends backends = attn.backends();
    DeviceInfo chosen = deviceName == null ? null : backends.device(deviceName);
    KernelVariant kernel = kernel(backends, chosen);
    DeviceInfo device = backends.deviceFor(kernel, chosen);
    Optional<String> unsupported =
        ModelOnDevice.unsupported(kernel, device, List.of(Mask.none(), Mask.causal()));
    if (unsupported.isPresent()) {
      return ModelOnDevice.nothingToDo(command, unsupported.get());
    }
    Read read;
    try (Session session = backends.backend(kernel.backend()).open(device)) {
      Optional<String> withoutLayers = ModelOnDevice.withoutLayers(session);
      if (withoutLayers.isPresent()) {
        return ModelOnDevice.nothingToDo(command, withoutLayers.get());
      }
      try (Progress progress = Progress.of(command, "explain", 1L + texts().size());
          TextModel model = EncoderReader.load(session, kernel)) {
        progress.step("the model is loaded");
        if (page != null || json != null) {
          for (String one : texts()) {
            requireLength(model, one);
          }
        }
        read = read(model, kernel, device, progress);
      }
    }
    Explanation explanation =
        Explanation.of(
            read.model(),
            kernel.globalId(),
            device.name(),
            view,
            read.texts(),
            read.words(),
            RepeatedCommand.of(command));
    print(explanation);
    write(explanation, page);
    return ExitCode.OK;
  }

  private View view() {
    if (text == null && compared == null) {
      throw new IllegalArgumentException(
          "there is nothing to read: give a text in quotes, or --compare TEXT TEXT --word WORD");
    }
    if (compared != null && compared.texts.size() != 2) {
      throw new IllegalArgumentException(
          "--compare takes two texts, and was given %d: name it once"
              .formatted(compared.texts.size()));
    }
    for (String one : texts()) {
      Letters.requireRead(one);
    }
    if (compared != null) {
      compared.words.forEach(Letters::requireRead);
    }
    requireWithin("--layer", layer, EncoderModel.LAYERS);
    requireWithin("--head", head, EncoderModel.HEADS);
    return new View(layer, head, causal);
  }

  /** All that is to be read. */
  private List<String> texts() {
    List<String> texts = new ArrayList<>();
    if (text != null) {
      texts.add(text);
    }
    if (compared != null) {
      texts.addAll(compared.texts);
    }
    return texts;
  }

  private static void requireWithin(String option, int value, int count) {
    if (value < 0 || value >= count) {
      throw new IllegalArgumentException(
          "%s %d is none of the model's %d, 0 to %d".formatted(option, value, count, count - 1));
    }
  }

  /** Of two that are one the second would replace the first. */
  private void requireTwoFiles(@Nullable Path page) {
    if (page == null || json == null) {
      return;
    }
    boolean same = page.toAbsolutePath().normalize().equals(json.toAbsolutePath().normalize());
    try {
      same = same || Files.isSameFile(page, json);
    } catch (IOException e) {
      // One is not there yet: then their paths tell.
    }
    if (same) {
      throw new IllegalArgumentException(
          "the page and --json are both to be %s: name two files".formatted(json));
    }
  }

  private List<Path> files(@Nullable Path page) {
    List<Path> files = new ArrayList<>();
    if (page != null) {
      files.add(page);
    }
    if (json != null) {
      files.add(json);
    }
    return files;
  }

  private KernelVariant kernel(Backends backends, @Nullable DeviceInfo chosen) {
    KernelVariant kernel =
        backends.kernel(
            kernelId != null
                ? kernelId
                : ModeKernels.of(Mode.PREFILL, List.of(), backends, chosen));
    if (chosen != null && !chosen.backend().equals(kernel.backend())) {
      throw new IllegalArgumentException(
          "--kernel %s does not run on --device %s (%s:%d, %s); name a kernel of %s, or leave one of the options out"
              .formatted(
                  kernel.globalId(),
                  deviceName,
                  chosen.backend(),
                  chosen.index(),
                  chosen.name(),
                  chosen.backend()));
    }
    return kernel;
  }

  /** The model's own limit comes first. */
  private static void requireLength(TextModel model, String text) {
    int tokens = model.ids(text).size();
    if (tokens <= EncoderModel.LONGEST) {
      ExplanationPage.requireTokens(tokens);
    }
  }

  private Read read(TextModel model, KernelVariant kernel, DeviceInfo device, Progress progress) {
    try (Watchdog watchdog = watchdogOption.watch(command.commandLine().getErr(), overdue -> {})) {
      watchdog.step(
          "%s on %s, in the layers of %s"
              .formatted(kernel.globalId(), device.name(), model.name()));
      List<TextPatterns> texts = new ArrayList<>();
      if (text != null) {
        texts.add(TextPatterns.of(model, text));
        progress.step("a text is read");
      }
      List<WordInContext> words = new ArrayList<>();
      if (compared != null) {
        List<ModelText> both = new ArrayList<>();
        for (String one : compared.texts) {
          ModelText full = model.read(one, false);
          both.add(full);
          texts.add(TextPatterns.of(full, model.read(one, true)));
          progress.step("a text is read");
        }
        for (String word : compared.words) {
          List<Integer> ids = model.ids(word);
          List<Integer> alone = ids.subList(1, ids.size() - 1); // without [CLS] and [SEP]
          words.add(WordInContext.of(word, alone, both.getFirst(), both.getLast()));
        }
      }
      watchdog.rest();
      return new Read(model.name(), texts, words);
    }
  }

  private void print(Explanation explanation) {
    PrintWriter out = command.commandLine().getOut();
    for (TextPatterns patterns : explanation.texts()) {
      out.printf(
          Locale.ROOT,
          "\"%s\": %d tokens in %d layers of %s, attention %.2f ms by %s on %s%n",
          Printable.of(patterns.text()),
          patterns.tokens().size(),
          patterns.layers().size(),
          explanation.model(),
          patterns.attentionNanos() / 1e6,
          explanation.kernel(),
          explanation.device());
      if (inTerminal) {
        out.println(ExplanationText.tokens(patterns));
        ExplanationText.head(patterns, explanation.view()).forEach(out::println);
        ExplanationText.heads(patterns, causal).forEach(out::println);
        out.println();
      }
    }
    out.printf(
        Locale.ROOT,
        "every row of every head sums to 1 within %s, with and without the causal mask%n",
        Within.bound(explanation.largestRowError()));
    explanation.words().forEach(word -> ExplanationText.word(word).forEach(out::println));
    out.println("a weight says where a head takes values from, not why a model answers as it does");
    out.flush();
  }

  private void write(Explanation explanation, @Nullable Path page) {
    PrintWriter out = command.commandLine().getOut();
    if (page != null) {
      ExplanationPage.write(page, explanation);
      out.println("page: " + sized(page));
    }
    if (json != null) {
      JsonReport.write(json, explanation);
      out.println("json: " + sized(json));
    }
    out.flush();
  }

  private static String sized(Path file) {
    // A pipe has no size.
    return Files.isRegularFile(file)
        ? String.format(Locale.ROOT, "%s (%.2f MB)", file, file.toFile().length() / 1e6)
        : file.toString();
  }
}
