package io.github.attn4j.core.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.Arrays;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SurroundingsTest {
  static Stream<FuzzCase> cases() {
    CaseDraw draw = new CaseDraw(21);
    return LongStream.range(0, 40).mapToObj(draw::draw);
  }

  /** Were it otherwise, a kernel that is right would be reported. */
  @ParameterizedTest
  @MethodSource("cases")
  void theOracleDoesNotNoticeThePoison(FuzzCase drawn) {
    PreparedCase problem = PreparedCase.of(drawn);
    Expected otherwise = Expected.of(problem.otherwise());
    Expected harmless = Expected.of(problem.harmless());
    assertThat(otherwise.reference().o()).isEqualTo(problem.expected().reference().o());
    assertThat(otherwise.reference().lse()).isEqualTo(problem.expected().reference().lse());
    assertThat(harmless.reference().o()).isEqualTo(problem.expected().reference().o());
    assertThat(otherwise.budget().output()).isEqualTo(problem.expected().budget().output());
  }

  @Test
  void otherPoisonLiesInEveryGap() {
    FuzzCase drawn =
        LongStream.range(0, 1000)
            .mapToObj(new CaseDraw(22)::draw)
            .filter(one -> !one.shape().keyValueType().scaled())
            .filter(one -> one.places().k().before() > 0 && one.places().k().after() > 0)
            .findFirst()
            .orElseThrow();
    PreparedCase problem = PreparedCase.of(drawn);
    float[] one = problem.inputs().k();
    float[] other = problem.otherwise().k();
    assertThat(one).hasSize(problem.spec().keyElements() + drawn.places().k().after());
    assertThat(one[0]).isNotEqualTo(other[0]);
    assertThat(one[one.length - 1]).isNotEqualTo(other[one.length - 1]);
  }

  @Test
  void aWriteBesideTheOutputIsFoundWhereverItIs() {
    AttentionSpec spec =
        LongStream.range(0, 1000)
            .mapToObj(new CaseDraw(23)::draw)
            .map(FuzzCase::spec)
            .filter(one -> one.hasRaggedQueries() && one.o().offset() > 0)
            .findFirst()
            .orElseThrow();
    AttentionOutput output = AttentionOutput.allocate(spec);
    Arrays.fill(output.o(), Float.NaN);
    Arrays.fill(output.lse(), Float.NaN);
    int outside = 0;
    for (int at = 0; at < output.o().length; at++) {
      output.o()[at] = 1;
      outside += Surroundings.writtenOutside(spec, output).isEmpty() ? 0 : 1;
      output.o()[at] = Float.NaN;
    }
    assertThat(outside)
        .isEqualTo(output.o().length - (int) spec.existingRows() * spec.valueDim())
        .isPositive();
    int missing = spec.queryLengths().indexOf(java.util.Collections.min(spec.queryLengths()));
    output.lse()[spec.lseIndex(missing, 0, spec.queryLength() - 1)] = 0;
    assertThat(Surroundings.writtenOutside(spec, output)).contains("1 elements of LSE's buffer");
  }
}
