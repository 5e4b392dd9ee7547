package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.InputSource;
import io.github.attn4j.bench.ModelLayer;
import io.github.attn4j.bench.mask.MaskAndScore;
import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.TensorFiles;
import io.github.attn4j.core.run.GridCase;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Mask;
import io.github.attn4j.model.ModelCapture;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options that bring other tensors than the grid's: a model's, or the user's own. */
final class DataOptions {
  @Option(
      names = "--input",
      paramLabel = "model|Q.npy,K.npy,V.npy",
      split = ",",
      description =
          "Instead of the grid: a window of all-MiniLM-L6-v2's Q, K, V (model), or your own tensors,"
              + " float32 [B,H,S,D], [H,S,D] or [S,D].")
  private @Nullable List<String> names;

  @Option(
      names = "--layer",
      paramLabel = "L",
      description =
          "With --input model: the layer whose Q, K, V are taken, 0 (default) to 5; what comes before"
              + " it is computed by the JVM's own backend.")
  private @Nullable Integer layer;

  @Option(
      names = "--mask",
      paramLabel = "MASK",
      completionCandidates = Candidates.Masks.class,
      description =
          "full, causal (aligned bottom right), window(LEFT,RIGHT), a preset, a condition"
              + " (docs/masks.md), or several joined by '&'. With --input: over those tensors, full"
              + " by default; without: over generated ones of a few shapes.")
  private @Nullable String mask;

  @Mixin private MaskOptions maskOptions;
  @Mixin private MaskShapes maskShapes;

  @Option(
      names = "--mask-file",
      paramLabel = "M.npy",
      description =
          "With --input: a boolean or additive mask that broadcasts to [B,Hq,Sq,Skv]; joined with --mask.")
  private @Nullable Path maskFile;

  @Option(
      names = "--save-output",
      paramLabel = "O.npy",
      description = "With --input and one kernel: where to write O as [B,Hq,Sq,Dv].")
  private @Nullable Path output;

  /**
   * Whether the grid gives way to generated tensors under a mask or score of the user's, over a few
   * shapes.
   */
  boolean ownMask() {
    return names == null && (mask != null || maskOptions.any());
  }

  /** The cases of {@link #ownMask}. */
  List<GridCase> maskCases(long seed) {
    return maskShapes.cases(texts(), seed);
  }

  /** Refuses what shapes {@link #maskCases} where there are none. */
  void refuseMaskShapes() {
    if (!maskShapes.given().isEmpty()) {
      throw new IllegalArgumentException(
          maskShapes.given() + " goes with --mask or --score, and without --input");
    }
  }

  /** The model's or the user's tensors, or null if neither was asked for. */
  @Nullable AttentionInputs inputs() {
    if (layer != null && !ofModel()) {
      throw new IllegalArgumentException("--layer %d goes with --input model".formatted(layer));
    }
    if (names == null) {
      if (maskFile != null || output != null) {
        throw new IllegalArgumentException(
            "--mask-file and --save-output go with --input model or q.npy,k.npy,v.npy");
      }
      return null;
    }
    refuseMaskShapes();
    if (ofModel()) {
      return modelWindow();
    }
    if (names.size() != 3) {
      throw new IllegalArgumentException(
          "--input takes 'model' or three files, q.npy,k.npy,v.npy, but '%s' is %d"
              .formatted(String.join(",", names), names.size()));
    }
    return TensorFiles.inputs(
        Path.of(names.get(0)),
        Path.of(names.get(1)),
        Path.of(names.get(2)),
        Mask.none(),
        maskFile,
        texts()::applyTo);
  }

  private MaskAndScore texts() {
    return maskOptions.with(mask == null ? "full" : mask);
  }

  /** What tables call the case of {@link #inputs}. */
  String caseName() {
    if (!ofModel()) {
      return "own tensors";
    }
    return layer == null || layer == 0 ? "model window" : "model window, layer " + layer;
  }

  private boolean ofModel() {
    return List.of(InputSource.MODEL.label()).equals(names);
  }

  private AttentionInputs modelWindow() {
    if (maskFile != null) {
      throw new IllegalArgumentException(
          "--mask-file goes with --input q.npy,k.npy,v.npy; --input model takes --mask");
    }
    AttentionSpec spec =
        texts()
            .applyTo(
                AttentionSpec.builder()
                    .heads(InputSource.MODEL_HEADS)
                    .length(ModelCapture.WINDOW_TOKENS)
                    .dim(InputSource.MODEL_HEAD_DIM)
                    .build());
    return layer == null || layer == 0
        ? InputSource.MODEL.inputs(spec, 0, 0)
        : ModelLayer.inputs(spec, layer);
  }

  @Nullable Path output() {
    return output;
  }
}
