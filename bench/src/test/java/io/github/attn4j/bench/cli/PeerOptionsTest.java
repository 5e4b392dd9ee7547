package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.measure.CellSpec;
import io.github.attn4j.bench.measure.PeerCell;
import io.github.attn4j.bench.peer.PeerId;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.bench.shape.Storage;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.opencl.OpenClKernel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code --peer} on a machine that never fetched a peer. */
class PeerOptionsTest {
  private final StringWriter errors = new StringWriter();

  private int bench(String... options) {
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setErr(new PrintWriter(errors, true));
    List<String> words = new ArrayList<>(List.of("bench", "--kernel", "java:flash", "--n", "16"));
    words.addAll(List.of(options));
    return commandLine.execute(words.toArray(String[]::new));
  }

  @Test
  void without_the_libraries_says_how_to_get_them_and_exits_4() {
    assertThat(bench("--peer", "torch,onnxruntime")).isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(errors.toString()).contains("bench/peers", "./attn bench --peer");
  }

  @Test
  void an_unknown_peer_and_files_that_hold_no_peers_are_mistakes_of_the_command_line() {
    assertThat(bench("--peer", "tensorflow")).isEqualTo(ExitCode.USAGE);
    assertThat(errors.toString()).contains("no peer 'tensorflow'");
    assertThat(bench("--peer", "torch", "--csv", "file.csv")).isEqualTo(ExitCode.USAGE);
    assertThat(bench("--peer", "torch", "--forks", "4")).isEqualTo(ExitCode.USAGE);
    assertThat(errors.toString()).contains("--csv", "--forks", "peers.json");
  }

  @Test
  void what_stands_beside_a_rival_by_default_follows_how_many_queries_share_a_head() {
    Shape decode = new Shape("", 1, 32, 8, 1, 16384, 128, 128, "full", 0);
    Shape prefill = Shape.square(8, 64, 64, "full");
    for (OpenClKernel kernel : OpenClKernel.values()) {
      assertThat(PeerOptions.isDefaultFor(decode, kernel))
          .isEqualTo(kernel == OpenClKernel.FLASH_SPLIT_KV);
      assertThat(PeerOptions.isDefaultFor(prefill, kernel))
          .isEqualTo(kernel == OpenClKernel.FLASH_QUERY_LANES);
    }
  }

  @Test
  void half_precision_is_measured_in_both_forms_of_libtorch_and_none_of_them_twice() {
    Shape whole = Shape.square(8, 64, 64, "full");
    CellSpec wholeCell = new CellSpec("java:flash", "java:0", InputSource.of("normal"), whole, 1);
    CellSpec halfCell =
        new CellSpec(
            "java:flash",
            "java:0",
            InputSource.of("normal"),
            whole.with(Storage.of(ElementType.BF16, ElementType.BF16)),
            1);
    PeerCell direct = new PeerCell(PeerId.TORCH, halfCell);
    PeerCell viaF32 = new PeerCell(PeerId.TORCH_VIA_F32, halfCell);
    PeerCell onnx = new PeerCell(PeerId.ONNXRUNTIME, halfCell);

    assertThat(
            PeerOptions.cells(
                List.of(PeerId.TORCH, PeerId.ONNXRUNTIME), List.of(wholeCell, halfCell)))
        .containsExactly(
            new PeerCell(PeerId.TORCH, wholeCell),
            direct,
            viaF32,
            new PeerCell(PeerId.ONNXRUNTIME, wholeCell),
            onnx);
    assertThat(PeerOptions.cells(List.of(PeerId.TORCH_VIA_F32, PeerId.TORCH), List.of(halfCell)))
        .containsExactly(viaF32, direct);
  }
}
