package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.run.QuickGrid;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What {@code ./attn verify --grid quick} asks of a kernel, in an order that is cheap to ask a
 * mutant in: the cases of the program that most of them share come first, since each further one is
 * a compilation.
 */
final class MutantGrid {
  private static final Pattern PROBE = Pattern.compile("attn_line_(\\d+)_lives");

  /** Dimensions of which an emulated product is compiled fast. */
  private static final int CHEAP_TO_EMULATE = 8;

  private MutantGrid() {}

  /** A session for the kernel: {@code flash_mma} is given emulated tensor cores. */
  static OpenClSession open(OpenClKernel kernel, UnaryOperator<String> sources) {
    return kernel == OpenClKernel.FLASH_MMA
        ? TestDevices.openDescribedAs(TestDevices::emulatingTensorCores, sources)
        : TestDevices.openPreferred(sources);
  }

  /**
   * The quick grid's cases that the kernel takes; {@code flash_mma} in its first type.
   *
   * @param programs which of {@link #casesOfPrograms} to ask for
   */
  static List<GridCase> cases(OpenClKernel kernel, OpenClSession session, List<Integer> programs) {
    List<List<GridCase>> all = byProgram(kernel, session);
    // Expressions last: what other dimensions show, each of them would be compiled for in vain.
    return programs.stream()
        .map(all::get)
        .sorted(Comparator.comparing(own -> FlashMmaTest.asksExpressions(own.getFirst().spec())))
        .flatMap(List::stream)
        .toList();
  }

  private static List<List<GridCase>> byProgram(OpenClKernel kernel, OpenClSession session) {
    List<GridCase> all =
        kernel == OpenClKernel.FLASH_MMA
            ? FlashMmaTest.typed(QuickGrid.cases(1), ElementType.F16, one -> true)
            : QuickGrid.cases(1);
    Map<String, List<GridCase>> programs = new LinkedHashMap<>();
    for (GridCase one : all) {
      if (kernel.supports(one.spec(), session.device()) instanceof Support.Yes) {
        programs
            .computeIfAbsent(program(kernel, one.spec(), session), key -> new ArrayList<>())
            .add(one);
      }
    }
    return programs.values().stream()
        .sorted(
            Comparator.comparing((List<GridCase> own) ->
                    kernel == OpenClKernel.FLASH_MMA
                        && own.getFirst().spec().headDim() > CHEAP_TO_EMULATE)
                .thenComparing(own -> -own.size()))
        .toList();
  }

  /** A digest of which programs there are, and how they are numbered. */
  static String digestOfPrograms(OpenClKernel kernel) {
    try (OpenClSession session = open(kernel, KernelSource::load)) {
      return KernelSource.digestOf(
          casesOfPrograms(kernel, session).stream()
              .map(one -> program(kernel, one.spec(), session))
              .collect(Collectors.joining("\n")));
    }
  }

  /** What tells programs of a kernel apart. */
  private static String program(OpenClKernel kernel, AttentionSpec spec, OpenClSession session) {
    return kernel.defines(spec, session.device(), tuning(kernel, spec, session))
        + " "
        + StorageDefines.of(spec)
        + " "
        + spec.canonicalMask().expression()
        + " "
        + spec.scoreModifier();
  }

  private static Tuning tuning(OpenClKernel kernel, AttentionSpec spec, OpenClSession session) {
    return session.tunings().of(kernel, spec, session.device());
  }

  /** The program of a case in a session, from its memory or compiled. */
  static Programs.Built build(OpenClKernel kernel, AttentionSpec spec, OpenClSession session) {
    return session
        .programs()
        .get(kernel.file(), options(kernel, spec, session), SequenceWords.of(spec).prologue());
  }

  static String options(OpenClKernel kernel, AttentionSpec spec, OpenClSession session) {
    return kernel.buildOptions(
        spec, session.device(), tuning(kernel, spec, session), SequenceWords.of(spec));
  }

  /** One case for each program. */
  static List<GridCase> casesOfPrograms(OpenClKernel kernel, OpenClSession session) {
    return byProgram(kernel, session).stream().map(List::getFirst).toList();
  }

  /**
   * The lines that the preprocessor leaves in at least one of the grid's programs, by their place
   * in {@link ProgramText#lines}, and in which of {@link #casesOfPrograms}: each is made to warn,
   * and the compiler's log says which did. What a program does not have cannot make it wrong.
   */
  static Map<Integer, List<Integer>> liveLines(OpenClKernel kernel, ProgramText text) {
    StringBuilder probed = new StringBuilder();
    int last = 0;
    List<Integer> probeOf = new ArrayList<>();
    for (int i = 0; i < text.lines().size(); i++) {
      ProgramText.Line line = text.lines().get(i);
      if (!line.continues()) {
        last = i;
        probed.append("#warning attn_line_").append(i).append("_lives\n");
      }
      probeOf.add(last);
      probed.append(line.text()).append('\n');
    }
    // Makes the compiler run: a program from a cache has no log.
    probed.append("__constant int built_for_its_log_").append(System.nanoTime()).append(" = 0;\n");
    Map<Integer, List<Integer>> warned = new TreeMap<>();
    try (OpenClSession session =
        open(
            kernel,
            file -> file.equals(kernel.file()) ? probed.toString() : KernelSource.load(file))) {
      List<GridCase> programs = casesOfPrograms(kernel, session);
      for (int program = 0; program < programs.size(); program++) {
        AttentionSpec spec = programs.get(program).spec();
        Matcher probe =
            PROBE.matcher(session.programs().buildLog(build(kernel, spec, session).program()));
        Set<Integer> own = new TreeSet<>();
        while (probe.find()) {
          own.add(Integer.parseInt(probe.group(1)));
        }
        if (own.isEmpty()) {
          throw new IllegalStateException(
              "the compiler of %s says nothing of #warning: which lines it compiles is not known"
                  .formatted(kernel.globalId()));
        }
        for (int line : own) {
          warned.computeIfAbsent(line, key -> new ArrayList<>()).add(program);
        }
      }
    }
    Map<Integer, List<Integer>> lives = new TreeMap<>();
    for (int i = 0; i < probeOf.size(); i++) {
      List<Integer> programs = warned.get(probeOf.get(i));
      if (programs != null) {
        lives.put(i, programs);
      }
    }
    return lives;
  }
}
