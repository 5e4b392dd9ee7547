package io.github.attn4j.opencl;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel's program with one small mistake in it.
 *
 * @param kernel whose
 * @param operator which kind of mistake
 * @param place its line in {@link ProgramText#lines}
 * @param begin where it begins in the program
 * @param end where what it replaces ends
 * @param replacement what stands there instead
 * @param id stays while its line and the mistake do, wherever the line moves
 */
record Mutant(
    OpenClKernel kernel,
    MutationOperator operator,
    int place,
    int begin,
    int end,
    String replacement,
    String id) {
  private static final Pattern INCLUDE = Pattern.compile("(?m)^\\s*#\\s*include\\s+\"([^\"]+)\"");

  /** What stands in for hardware is not the kernel's. */
  private static final Set<String> NOT_THE_KERNELS = Set.of("mma_emulated.clh", "mma_ptx.clh");

  /** The kernels whose checks the mutants measure. */
  static final List<OpenClKernel> KERNELS_ASKED =
      List.of(
          OpenClKernel.FLASH,
          OpenClKernel.FLASH_QUERY_LANES,
          OpenClKernel.FLASH_SPLIT_KV,
          OpenClKernel.FLASH_MMA);

  private static final int ID_DIGITS = 10;

  /** What every program of the kernel becomes; others stay. */
  UnaryOperator<String> sources() {
    return file -> file.equals(kernel.file()) ? program() : KernelSource.load(file);
  }

  String program() {
    String text = KernelSource.load(kernel.file());
    return text.substring(0, begin) + replacement + text.substring(end);
  }

  /** What was there, and what is there now, in one line each. */
  String change(ProgramText text) {
    return "`%s` -> `%s`"
        .formatted(inOneLine(text.text().substring(begin, end)), inOneLine(replacement));
  }

  private static String inOneLine(String text) {
    return text.replaceAll("\\s*\\\\?\\s*\n\\s*", " ").strip();
  }

  /**
   * A part of the program that holds the mistake, and that nothing else there equals; what it
   * becomes. For {@link PlantedSource#replacing}.
   */
  String[] textAndReplacement() {
    String text = KernelSource.load(kernel.file());
    int from = begin;
    int to = Math.max(end, begin + 1);
    while (text.indexOf(text.substring(from, to), text.indexOf(text.substring(from, to)) + 1)
        >= 0) {
      from = Math.max(0, from - 8);
      to = Math.min(text.length(), to + 8);
    }
    return new String[] {
      text.substring(from, to), text.substring(from, begin) + replacement + text.substring(end, to)
    };
  }

  /**
   * The files that count as the kernel's: its own, and headers that flash kernels alone include.
   */
  static Set<String> files(OpenClKernel kernel) {
    Set<String> own = included(kernel.file());
    for (OpenClKernel other : OpenClKernel.values()) {
      if (!KERNELS_ASKED.contains(other)) {
        own.removeAll(included(other.file()));
      }
    }
    own.removeAll(NOT_THE_KERNELS);
    return own;
  }

  private static Set<String> included(String file) {
    Set<String> files = new TreeSet<>(Set.of(file));
    Matcher include = INCLUDE.matcher(KernelSource.text(file));
    while (include.find()) {
      files.addAll(included(include.group(1)));
    }
    return files;
  }

  /** Every mutant that the operators make of the kernel's files, in the order of its text. */
  static List<Mutant> all(OpenClKernel kernel, ProgramText text) {
    Set<String> files = files(kernel);
    Map<String, Integer> sameLines = new HashMap<>();
    List<Integer> occurrence = new ArrayList<>();
    for (ProgramText.Line line : text.lines()) {
      occurrence.add(sameLines.merge(line.file() + line.text().strip(), 1, Integer::sum));
    }
    Map<String, Mutant> mutants = new LinkedHashMap<>();
    for (CodeTokens code : text.code()) {
      for (int i = 0; i < code.size(); i++) {
        for (MutationOperator operator : MutationOperator.values()) {
          operator.find(
              code,
              i,
              (first, last, replacement) -> {
                int begin = code.at(first).begin();
                int end = code.at(last).end();
                int place = text.lineAt(begin);
                ProgramText.Line line = text.lines().get(place);
                if (!files.contains(line.file())) {
                  return;
                }
                String id =
                    ProgramCache.key(
                            List.of(
                                operator.name(),
                                line.file(),
                                line.text().strip(),
                                String.valueOf(occurrence.get(place)),
                                line.text().substring(0, begin - line.begin()).strip(),
                                text.text().substring(begin, end),
                                replacement))
                        .substring(0, ID_DIGITS);
                // Two operators may make one mistake: the first one has it.
                mutants.putIfAbsent(
                    begin + " " + end + " " + replacement,
                    new Mutant(kernel, operator, place, begin, end, replacement, id));
              });
        }
      }
    }
    return List.copyOf(mutants.values());
  }

  static Mutant byId(OpenClKernel kernel, String id) {
    return all(kernel, ProgramText.of(kernel)).stream()
        .filter(one -> one.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "%s has no mutant %s any more: its line was changed".formatted(kernel, id)));
  }

  /**
   * An order to take mutants in: operators in turn, and of each one those on lines that have been
   * taken least often, the seed deciding among equals. However many are taken, they are spread over
   * the operators and over the text.
   *
   * @param lives whether some program has the mutant's line
   */
  static List<Mutant> drawn(List<Mutant> all, Predicate<Mutant> lives, long seed) {
    Map<MutationOperator, List<Mutant>> left = new EnumMap<>(MutationOperator.class);
    Random random = new Random(seed);
    List<Mutant> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, random);
    for (Mutant mutant : shuffled) {
      if (lives.test(mutant)) {
        left.computeIfAbsent(mutant.operator(), key -> new ArrayList<>()).add(mutant);
      }
    }
    Map<Integer, Integer> taken = new HashMap<>();
    Set<Integer> places = new HashSet<>();
    List<Mutant> order = new ArrayList<>();
    while (!left.isEmpty()) {
      for (List<Mutant> own : List.copyOf(left.values())) {
        Mutant next =
            own.stream()
                .min(
                    Comparator.comparing((Mutant one) -> places.contains(one.begin()))
                        .thenComparing(one -> taken.getOrDefault(one.place(), 0)))
                .orElseThrow();
        order.add(next);
        taken.merge(next.place(), 1, Integer::sum);
        places.add(next.begin());
        own.remove(next);
        if (own.isEmpty()) {
          left.remove(next.operator());
        }
      }
    }
    return List.copyOf(order);
  }
}
