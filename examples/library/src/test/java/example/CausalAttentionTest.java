package example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.jvm.JavaBackend;
import io.github.attn4j.opencl.OpenClBackend;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CausalAttentionTest {
  private static final int TOKENS = 100;

  @Test
  void theFirstTokenSeesItselfAlone() {
    AttentionOutput output = computed(new JavaBackend(), 1);
    float[] v = random(CausalAttention.spec(TOKENS).valueElements(), 3);
    assertArrayEquals(Arrays.copyOf(v, 64), Arrays.copyOf(output.o(), 64), 1e-6f);
  }

  @Test
  void bothBackendsAgree() {
    Backend opencl = new OpenClBackend();
    assumeFalse(opencl.devices().isEmpty(), () -> "no OpenCL device: " + opencl.missing());
    float[] java = computed(new JavaBackend(), 1).o();
    float[] other = computed(opencl, 1).o();
    assertEquals(java.length, other.length);
    assertArrayEquals(java, other, 1e-5f);
  }

  private static AttentionOutput computed(Backend backend, long seed) {
    AttentionSpec spec = CausalAttention.spec(TOKENS);
    return CausalAttention.of(
        backend,
        TOKENS,
        random(spec.queryElements(), seed),
        random(spec.keyElements(), seed + 1),
        random(spec.valueElements(), seed + 2));
  }

  private static float[] random(int elements, long seed) {
    Random random = new Random(seed);
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
