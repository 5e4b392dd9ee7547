package io.github.attn4j.bench.explain;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.model.LayerZeroModel;
import io.github.attn4j.model.ModelText;
import java.util.List;

/** Layer 0 of the real model over the usual sentence, its LSE by the JVM's kernel. */
final class SampleExplanation {
  static final String SENTENCE = "The animal did not cross the street because it was too tired";

  static final ModelText TEXT;
  static final Explanation EXPLANATION;

  static {
    Backends backends = new Backends();
    KernelVariant kernel = backends.kernel("java:flash");
    try (LayerZeroModel model = LayerZeroModel.load();
        Session session = backends.backend("java").open(backends.deviceFor(kernel, null))) {
      TEXT = model.read(SENTENCE);
      EXPLANATION =
          Explanation.of(
              model.name(),
              kernel.globalId(),
              session.device().name(),
              TextPatterns.of(TEXT, session, kernel),
              List.of(
                  WordInContext.of(
                      "mole",
                      model.read("take a biopsy of the mole"),
                      model.read("one mole of carbon dioxide"))),
              null);
    }
  }

  private SampleExplanation() {}

  /** The same patterns for a second layer: its heads in reverse order, so that layers differ. */
  static Explanation ofTwoLayers() {
    LayerPattern layer = EXPLANATION.patterns().layers().getFirst();
    TextPatterns two =
        new TextPatterns(
            SENTENCE,
            EXPLANATION.patterns().tokens(),
            EXPLANATION.patterns().ids(),
            List.of(layer, new LayerPattern(1, layer.scale(), layer.heads().reversed())));
    return Explanation.of("two layers", "java:flash", "java", two, List.of(), "./attn");
  }
}
