package io.github.attn4j.bench.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.testing.Required;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class KernelSourceCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int kernelSource(String... arguments) {
    CommandLine commandLine = AttnCommand.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    String[] all = new String[arguments.length + 1];
    all[0] = "kernel-source";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return commandLine.execute(all);
  }

  private static void assumeDevice(String backend) {
    Backends backends = new Backends();
    if (backends.backend(backend).devices().isEmpty()) {
      Required.abort(backend, String.join("; ", backends.backend(backend).missing()));
    }
  }

  @Test
  void openClIsPrintedAsItIsBuiltWithItsIncludes() {
    assumeDevice("opencl");
    assertThat(kernelSource("opencl:flash", "--d", "80")).as(err.toString()).isZero();
    assertThat(out.toString())
        .startsWith("// opencl:flash for B1 H1 S1024 D80 full on ")
        .contains("kernels/opencl/attention/flash.cl, built with ")
        .contains("BLOCK_KV=32")
        .contains("void flash(")
        .contains("attention_params;")
        .doesNotContain("#include");
  }

  @Test
  void theJvmsOwnKernelHasNone() {
    assertThat(kernelSource("java:flash")).isEqualTo(2);
    assertThat(err.toString()).contains("java:flash is Java that the JVM itself compiles");
  }

  @Test
  void aKernelThatCannotComputeTheShapeSaysWhy() {
    assumeDevice("opencl");
    assertThat(kernelSource("opencl:flash_query_lanes", "--d", "512")).isEqualTo(2);
    assertThat(err.toString()).contains("D512").contains("up to 256");
    assertThat(kernelSource("opencl:*")).isEqualTo(2);
    assertThat(kernelSource("opencl:naive", "--device", "java:0")).isEqualTo(2);
  }
}
