package io.github.attn4j.bench.tune;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.fault.Fault;
import io.github.attn4j.bench.fault.FaultyBackend;
import io.github.attn4j.core.input.PageTables;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A stored tuning is held to the gate in each type and on each size of pages, once. */
class SessionRecheckTest {
  private static final AttentionSpec PLAIN =
      AttentionSpec.builder().heads(4, 2).length(64).dim(16).build();

  private final FaultyBackend backend =
      new FaultyBackend(new TunableBackend(4), Fault.NONE, 0); // for the sessions it counts

  @Test
  void anAnswerIsOfItsTypesAndPagesAlone() {
    Backends backends = new Backends(List.of(backend));
    KernelVariant kernel = backends.kernel("java:flash");
    DeviceInfo device = backends.devices().getFirst();
    SessionRecheck recheck = new SessionRecheck(backends);
    Tuning tuning = Tuning.of(TunableBackend.RUNS, 1).with(TunableBackend.SHORTCUT, 0);
    List<AttentionSpec> specs =
        List.of(
            PLAIN,
            PLAIN.toBuilder().keyValueType(ElementType.I8).build(),
            PLAIN.toBuilder().queryType(ElementType.F16).build(),
            PLAIN.toBuilder().keyPlacement(PageTables.inOrder(16, PLAIN.keyLengths())).build(),
            PLAIN.toBuilder().keyPlacement(PageTables.inOrder(64, PLAIN.keyLengths())).build());
    for (int n = 0; n < specs.size(); n++) {
      for (int time = 0; time < 2; time++) {
        assertThat(recheck.failure(kernel, tuning, specs.get(n), device)).isEmpty();
        assertThat(backend.sessions()).as(specs.get(n).label()).hasSize(n + 1);
      }
    }
  }
}
