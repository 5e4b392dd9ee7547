package io.github.attn4j.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Mutants are what they say, wherever the kernels' text has a place for them. */
class MutantTest {
  static Stream<OpenClKernel> kernels() {
    return Mutant.KERNELS_ASKED.stream();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      value = {
        "INDEX @ x = a[i]; @ x = a[(i) + 1]; # x = a[(i) - 1];",
        "INDEX @ float4 a[N]; @",
        "INDEX @ float a[2] = {b[1], 0}; @ float a[2] = {b[(1) + 1], 0}; # float a[2] = {b[(1) -"
            + " 1], 0};",
        "BARRIER @ barrier(CLK_LOCAL_MEM_FENCE); @ ;",
        "FACTOR @ x = fma(a, b, c); @ x = ((a) + (c)); # x = ((b) + (c));",
        "FACTOR @ block[0] *= f.s0; @ block[0] *= 1;",
        "FACTOR @ __local float *to = (__local float *)tile; @",
        "FACTOR @ x = a + b * c[i].x; @ x = a + b ;",
        "OPERANDS @ x = a[i] - b(c); @ x = b(c) - a[i];",
        "OPERANDS @ x = (int)-1; @",
        "OPERANDS @ x = f(a, b, c); @ x = f(b, a, c); # x = f(a, c, b);",
        "OPERANDS @ x = fmax(a, b); @",
        "BOUNDARY @ x = a < b; @ x = a <= b;",
        "COMPARISON @ x = a < b; @ x = a > b;",
        "STRIDE @ x = i * row_stride; @ x = i * (row_stride + 1);",
        "STRIDE @ x = score * scale; @",
        "TAIL @ for (int i = 0; i < n; i++) x = i; @ for (int i = 0; i < n - 1; i++) x = i;",
        "TAIL @ x = min(i, m); @ x = (i); # x = (m);",
        "INITIAL_VALUE @ float4 m = (float4)(-INFINITY); @ float4 m = (float4)(0.0f);",
        "INITIAL_VALUE @ int m = 0; @ int m = 1;",
        "CONSTANT @ x = i + 4; @ x = i + 5; # x = i + 3;",
        "CONSTANT @ x = a.s0 * 1.5f; @ x = a.s0 * (2 * 1.5f);",
        "CONSTANT @ x = m == -INFINITY; @ x = m == 0.0f;",
        "LOGIC @ x = a && b || c; @ x = a || b || c; # x = a && b && c;",
        "MIN_MAX @ x = min(a, b); @ x = max(a, b);",
        "PLUS_MINUS @ x = a + b; @ x = a - b;",
        "PLUS_MINUS @ x = -a; @",
        "TIMES_DIVIDE @ x = a * b; @ x = a / b;",
        "CONDITION @ if (a < b) x = y; @ if (!(a < b)) x = y;",
        "BRANCHES @ x = a ? b : c; @ x = a ? c : b;",
        "BRANCHES @ x = f(a ? b : c ? d : e); @ x = f(a ? c ? d : e : b); # x = f(a ? b : c ? e :"
            + " d);",
        "STATEMENT @ x = a; @ ;",
        "STATEMENT @ int x = a; @",
        "STATEMENT @ if (a) f(b); @ if (a) ;",
        "LANE @ x = a.s0; @ x = a.s1;",
      })
  void anOperatorMakesItsMistakes(MutationOperator operator, String text, String mutants) {
    List<String> expected = mutants == null ? List.of() : List.of(mutants.split(" # ", -1));
    assertThat(mutantsOf(operator, text)).containsExactlyInAnyOrderElementsOf(expected);
  }

  /** What each mutant of one operator makes of a text. */
  private static List<String> mutantsOf(MutationOperator operator, String text) {
    List<String> mutants = new ArrayList<>();
    for (CodeTokens code : ProgramText.of("a.cl", "{" + text + "\n}").code()) {
      for (int i = 0; i < code.size(); i++) {
        operator.find(
            code,
            i,
            (first, last, replacement) ->
                mutants.add(
                    text.substring(0, code.at(first).begin() - 1)
                        + replacement
                        + text.substring(code.at(last).end() - 1)));
      }
    }
    return mutants;
  }

  @Test
  void commentsStringsAndDirectivesHaveNoMutants() {
    String text = "// a < b\n#if A < B\n#error \"a < b\"\n#endif\n/* a < b */\n#pragma unroll 2\n";
    assertThat(ProgramText.of("a.cl", text).code()).allMatch(code -> code.size() == 0);
  }

  @Test
  void whatAMacroStandsForHasMutants() {
    List<CodeTokens> code =
        ProgramText.of("a.cl", "#define LINE(n) \\\n  ((n) + 1)\nint x;\n").code();
    assertThat(code).hasSize(2);
    assertThat(code.getLast().text(0, code.getLast().size() - 1)).isEqualTo("((n) + 1)");
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void everyKernelHasMutantsOfEveryKindThatItsTextHasPlacesFor(OpenClKernel kernel) {
    List<Mutant> all = Mutant.all(kernel, ProgramText.of(kernel));
    assertThat(all).hasSizeGreaterThan(500);
    Set<MutationOperator> operators =
        all.stream().map(Mutant::operator).collect(Collectors.toSet());
    Set<MutationOperator> expected = new HashSet<>(Set.of(MutationOperator.values()));
    if (kernel == OpenClKernel.FLASH_QUERY_LANES) {
      expected.remove(MutationOperator.BARRIER); // its groups are single items
    }
    assertThat(operators).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(all.stream().map(Mutant::id).distinct()).hasSameSizeAs(all);
    String unchanged = KernelSource.load(kernel.file());
    assertThat(all).filteredOn(one -> one.program().equals(unchanged)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void aMutantIsTheSameAsAPlantedText(OpenClKernel kernel) {
    ProgramText text = ProgramText.of(kernel);
    List<Mutant> drawn = Mutant.drawn(Mutant.all(kernel, text), one -> true, 7);
    for (Mutant mutant : drawn.subList(0, 40)) {
      String[] planted = mutant.textAndReplacement();
      assertThat(PlantedSource.replacing(planted[0], planted[1]).apply(kernel.file()))
          .isEqualTo(mutant.program());
    }
  }

  @Test
  void aDrawIsSpreadOverOperatorsAndRepeatable() {
    OpenClKernel kernel = OpenClKernel.FLASH;
    List<Mutant> all = Mutant.all(kernel, ProgramText.of(kernel));
    List<Mutant> drawn = Mutant.drawn(all, one -> true, 1);
    assertThat(drawn).hasSameSizeAs(all).containsAll(all);
    assertThat(Mutant.drawn(all, one -> true, 1)).isEqualTo(drawn);
    assertThat(Mutant.drawn(all, one -> true, 2)).isNotEqualTo(drawn);
    List<Mutant> first = drawn.subList(0, MutationOperator.values().length);
    assertThat(first.stream().map(Mutant::operator))
        .containsExactlyInAnyOrder(MutationOperator.values());
    assertThat(first.stream().map(Mutant::place).distinct()).hasSameSizeAs(first);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void everyArgumentIsForAMutantThatIsThere(OpenClKernel kernel) {
    EquivalentMutants.of(kernel)
        .keySet()
        .forEach(id -> assertThat(Mutant.byId(kernel, id).id()).isEqualTo(id));
  }

  @Test
  void aMutantWhoseLineChangedIsNamed() {
    assertThatThrownBy(() -> Mutant.byId(OpenClKernel.FLASH, "0000000000"))
        .hasMessageContaining("0000000000");
  }
}
