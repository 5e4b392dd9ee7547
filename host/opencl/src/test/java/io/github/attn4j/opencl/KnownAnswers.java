package io.github.attn4j.opencl;

import io.github.attn4j.core.check.Expected;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.spec.AttentionSpec;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the oracle says of inputs, computed once a process: seven kernels are asked the same, and
 * for small problems the oracle takes longer than a kernel.
 */
final class KnownAnswers {
  private static final Map<Question, SoftReference<Expected>> ANSWERS = new ConcurrentHashMap<>();

  private KnownAnswers() {}

  /** The problem, and a digest of every bit of Q, K, V and their scales. */
  private record Question(AttentionSpec spec, String digest) {}

  /** As {@link Expected#of(AttentionInputs)}. */
  static Expected of(AttentionInputs inputs) {
    Question question = new Question(inputs.spec(), digest(inputs));
    SoftReference<Expected> kept = ANSWERS.get(question);
    Expected known = kept == null ? null : kept.get();
    if (known == null) {
      known = Expected.of(inputs);
      ANSWERS.put(question, new SoftReference<>(known));
    }
    return known;
  }

  private static String digest(AttentionInputs inputs) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      float[][] tensors = {inputs.q(), inputs.k(), inputs.v(), inputs.kScales(), inputs.vScales()};
      for (float[] tensor : tensors) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(4, tensor.length) + 4);
        bytes.putInt(tensor.length);
        FloatBuffer floats = bytes.slice().asFloatBuffer();
        floats.put(tensor);
        digest.update(bytes.array());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
