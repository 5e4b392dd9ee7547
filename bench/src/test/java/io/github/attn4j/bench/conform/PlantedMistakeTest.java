package io.github.attn4j.bench.conform;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.Sessions;
import io.github.attn4j.bench.fault.DelegatingBackend;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.ScoreMatrix;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Tunings;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.run.Watchdog;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.jvm.JavaBackend;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Mistakes in how a case becomes a spec, and sessions that cheat: each must show. */
class PlantedMistakeTest {
  private static final List<StandardCase> CASES = GeneratedCases.of(0);

  private static Map<ConformRow.Status, Long> statuses(
      Backend backend,
      List<KernelVariant> kernels,
      Function<StandardCase, AttentionCase> mapping,
      String column) {
    Backends backends = new Backends(List.of(backend));
    try (Sessions sessions = new Sessions(backends, null)) {
      Conformance conformance = new Conformance(sessions, kernels, Watchdog.OFF, mapping);
      CASES.forEach(conformance::run);
      return conformance.rows().stream()
          .filter(row -> row.kernel().equals(column))
          .collect(Collectors.groupingBy(ConformRow::status, Collectors.counting()));
    }
  }

  private static AttentionCase mapped(StandardCase standard, UnaryOperator<AttentionSpec> mistake) {
    AttentionCase right = AttentionCase.of(standard);
    return right.withSpec(builder -> mistake.apply(builder.build()).toBuilder());
  }

  @TestFactory
  List<DynamicTest> aMistakeInTheMappingShowsInTheOracle() {
    Map<String, UnaryOperator<AttentionSpec>> mistakes =
        Map.of(
            "causal without a cache is bottom right",
            spec -> spec.toBuilder().bottomRight().build(),
            "causal with a cache is top left",
            spec -> spec.toBuilder().topLeft().build(),
            "queries one position further",
            spec ->
                spec.toBuilder()
                    .queryOffsets(spec.queryOffsets().stream().map(at -> at + 1).toList())
                    .build(),
            "the soft cap is forgotten",
            spec -> spec.toBuilder().softCap(0).build(),
            "the mask is forgotten",
            spec -> spec.toBuilder().mask(Mask.none()).build(),
            "the scale is squared",
            spec -> spec.toBuilder().scale(spec.scale() * spec.scale()).build(),
            "padding keys are read",
            spec ->
                spec.toBuilder()
                    .keyLengths(Collections.nCopies(spec.batch(), spec.kvLength()))
                    .build(),
            "3-D queries are taken for 4-D ones",
            spec ->
                spec.toBuilder()
                    .contiguous()
                    .layouts(
                        Layout.bhsd(spec.queryHeads(), spec.queryLength(), spec.headDim()),
                        spec.k(),
                        spec.v(),
                        spec.o())
                    .build());
    return mistakes.entrySet().stream()
        .map(mistake ->
            DynamicTest.dynamicTest(
                mistake.getKey(),
                () ->
                    assertThat(
                            statuses(
                                new JavaBackend(),
                                List.of(),
                                standard -> mapped(standard, mistake.getValue()),
                                Conformance.ORACLE))
                        .containsKeys(ConformRow.Status.INCORRECT)))
        .toList();
  }

  @Test
  void withoutAMistakeAllPass() {
    assertThat(
            statuses(
                new JavaBackend(),
                List.of(),
                standard -> mapped(standard, UnaryOperator.identity()),
                Conformance.ORACLE))
        .containsOnlyKeys(ConformRow.Status.PASSED);
  }

  @Test
  void theCacheInTheWrongOrderShows() {
    JavaBackend backend = new JavaBackend();
    Map<ConformRow.Status, Long> statuses =
        statuses(
            backend,
            List.of(),
            standard -> {
              AttentionCase right = AttentionCase.of(standard);
              float[] k = right.inputs().k().clone();
              if (right.pastKeys() > 0) {
                int half = k.length / 2;
                IntStream.range(0, half).forEach(at -> k[at] = right.inputs().k()[half + at]);
              }
              AttentionInputs wrong =
                  new AttentionInputs(
                      right.spec(), "wrong", right.inputs().q(), k, right.inputs().v());
              return new AttentionCase(standard, right.attributes(), right.pastKeys(), wrong);
            },
            Conformance.ORACLE);
    long withPast =
        CASES.stream().filter(c -> c.inputs().containsKey(StandardCase.PAST_KEY)).count();
    assertThat(statuses).containsEntry(ConformRow.Status.INCORRECT, withPast);
  }

  @Test
  void aKernelThatDoesNothingFailsWhereverItIsAsked() {
    assertThat(
            cheating((name, result) ->
                result instanceof AttentionOutput output
                    ? new AttentionOutput(nan(output.o()), nan(output.lse()))
                    : result))
        .containsOnlyKeys(ConformRow.Status.INCORRECT);
  }

  @Test
  void aSingleWrongElementOfYIsEnough() {
    assertThat(
            cheating((name, result) -> {
              if (result instanceof AttentionOutput output) {
                output.o()[output.o().length - 1] += 1;
              }
              return result;
            }))
        .containsOnlyKeys(ConformRow.Status.INCORRECT);
  }

  @Test
  void scoresThatAreNotThoseOfTheCaseFailWhereTheyAreWanted() {
    long wanted = CASES.stream().filter(c -> c.outputs().containsKey(StandardCase.SCORES)).count();
    assertThat(
            cheating((name, result) -> {
              if (result instanceof ScoreMatrix matrix) {
                matrix.values()[0] = 0.5f + matrix.values()[0] * 2;
                matrix.values()[matrix.values().length - 1] = Float.NaN;
              }
              return result;
            }))
        .containsEntry(ConformRow.Status.INCORRECT, wanted);
  }

  private static float[] nan(float[] values) {
    float[] same = values.clone();
    Arrays.fill(same, Float.NaN);
    return same;
  }

  /** java:flash over all cases in a session whose answers are altered. */
  private static Map<ConformRow.Status, Long> cheating(BiFunction<String, Object, Object> alter) {
    JavaBackend real = new JavaBackend();
    Backend cheating =
        new DelegatingBackend(real) {
          @Override
          public Session open(DeviceInfo device, Tunings tunings) {
            Session honest = super.open(device, tunings);
            return altered(
                Session.class,
                honest,
                (name, result) ->
                    result instanceof PreparedKernel kernel
                        ? altered(PreparedKernel.class, kernel, alter)
                        : result instanceof StagedInputs ? result : alter.apply(name, result));
          }
        };
    KernelVariant flash = new Backends(List.of(real)).kernel("java:flash");
    return statuses(cheating, List.of(flash), AttentionCase::of, flash.globalId());
  }

  private static <T> T altered(Class<T> type, T real, BiFunction<String, Object, Object> alter) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                method.setAccessible(true);
                Object result = method.invoke(real, arguments);
                return result == null ? null : alter.apply(method.getName(), result);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
