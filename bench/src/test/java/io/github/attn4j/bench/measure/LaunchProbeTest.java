package io.github.attn4j.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.peer.Peer;
import io.github.attn4j.bench.peer.PreparedPeer;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.bench.shape.Storage;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LaunchProbeTest {
  /** Says of every call that it took a nanosecond for each four operations: 4 GFLOP/s. */
  private static final class SlowPeer implements Peer {
    private final List<AttentionSpec> met = new ArrayList<>();
    private int closed;

    @Override
    public String version() {
      return "slow";
    }

    @Override
    public Support supports(AttentionSpec spec) {
      return Support.yes();
    }

    @Override
    public PreparedPeer prepare(AttentionInputs inputs, int threads) {
      met.add(inputs.spec());
      return new PreparedPeer() {
        @Override
        public String method() {
          return "counts";
        }

        @Override
        public void refreshQueries(int fromElement, int count) {}

        @Override
        public void clearOutput() {}

        @Override
        public long run() {
          return (long) (inputs.spec().flops() / 4);
        }

        @Override
        public float[] read() {
          return new float[0];
        }

        @Override
        public void close() {
          closed++;
        }
      };
    }
  }

  private static CellSpec cell(int length, String mask) {
    Shape shape =
        Shape.square(8, length, 64, mask).with(Storage.of(ElementType.F16, ElementType.F16));
    return new CellSpec("opencl:flash", "opencl:0", InputSource.of("normal"), shape, 1);
  }

  @ParameterizedTest
  @CsvSource({"64, full", "4096, full", "4096, causal"})
  void a_rivals_time_on_a_long_context_is_told_from_a_short_one_of_the_same_kind(
      int length, String mask) {
    SlowPeer peer = new SlowPeer();
    CellSpec cell = cell(length, mask);

    double seconds = LaunchProbe.peerSeconds(peer, 2, cell);

    assertThat(seconds).isCloseTo(cell.spec().flops() / 4e9, within(1e-6 * seconds));
    assertThat(peer.met).hasSize(1);
    assertThat(peer.met.getFirst().flops()).isLessThanOrEqualTo(1e8);
    assertThat(peer.met.getFirst().queryType()).isEqualTo(ElementType.F16);
    assertThat(peer.met.getFirst().mask()).isEqualTo(cell.spec().mask());
    assertThat(peer.closed).isEqualTo(1);
  }

  @Test
  void a_cell_of_long_rounds_is_predicted_by_them_before_it_starts() {
    double round = cell(4096, "full").spec().flops() / 4e9;
    assertThat(round).isGreaterThan(8);
    assertThat(PeerRunner.predictedSeconds(round)).isGreaterThan(16 * round);
    assertThat(PeerRunner.predictedSecondsOfFirstFork(round))
        .isGreaterThan(PeerRunner.predictedSeconds(round));
    assertThat(PeerRunner.predictedSeconds(0)).isLessThan(5);
  }
}
