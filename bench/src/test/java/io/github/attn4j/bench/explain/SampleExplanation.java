package io.github.attn4j.bench.explain;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.model.EncoderReader;
import io.github.attn4j.model.ModelText;
import java.util.List;

/** All layers of the real model over the usual sentence, by the JVM's kernel. */
final class SampleExplanation {
  static final String SENTENCE = "The animal did not cross the street because it was too tired";

  static final ModelText TEXT;
  static final ModelText CAUSAL;

  /** The same sentence without its last four words. */
  static final ModelText SHORTER;

  static final ModelText CAUSAL_SHORTER;

  static final Explanation EXPLANATION;

  static {
    Backends backends = new Backends();
    KernelVariant kernel = backends.kernel("java:flash");
    try (Session session = backends.backend("java").open(backends.deviceFor(kernel, null));
        EncoderReader model = EncoderReader.load(session, kernel)) {
      TEXT = model.read(SENTENCE, false);
      CAUSAL = model.read(SENTENCE, true);
      String shorter = SENTENCE.replace(" it was too tired", "");
      SHORTER = model.read(shorter, false);
      CAUSAL_SHORTER = model.read(shorter, true);
      ModelText first = model.read("take a biopsy of the mole", false);
      ModelText second = model.read("one mole of carbon dioxide", false);
      EXPLANATION =
          Explanation.of(
              model.name(),
              kernel.globalId(),
              session.device().name(),
              View.FIRST,
              List.of(TextPatterns.of(TEXT, CAUSAL)),
              List.of(WordInContext.of("mole", model.ids("mole").subList(1, 2), first, second)),
              null);
    }
  }

  private SampleExplanation() {}

  static TextPatterns patterns() {
    return EXPLANATION.texts().getFirst();
  }

  /** The same without words, with this text beside the sentence. */
  static Explanation beside(TextPatterns other, View view) {
    return Explanation.of(
        "m", "java:flash", "java", view, List.of(patterns(), other), List.of(), "./attn");
  }
}
