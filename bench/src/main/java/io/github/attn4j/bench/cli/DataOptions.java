package io.github.attn4j.bench.cli;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.TensorFiles;
import io.github.attn4j.core.spec.Mask;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that bring a user's own tensors. */
final class DataOptions {
  @Option(
      names = "--input",
      paramLabel = "Q.npy,K.npy,V.npy",
      split = ",",
      description = "Your own tensors, float32 [B,H,S,D], [H,S,D] or [S,D], instead of the grid.")
  private @Nullable List<Path> files;

  @Option(
      names = "--mask",
      paramLabel = "MASK",
      description =
          "With --input: full, causal (aligned bottom right) or window(LEFT,RIGHT). Default: full.",
      defaultValue = "full")
  private String mask = "full";

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

  /** The user's tensors, or null if there are none. */
  @Nullable AttentionInputs inputs() {
    if (files == null) {
      if (maskFile != null || output != null || !mask.equals("full")) {
        throw new IllegalArgumentException(
            "--mask, --mask-file and --save-output go with --input q.npy,k.npy,v.npy");
      }
      return null;
    }
    if (files.size() != 3) {
      throw new IllegalArgumentException(
          "--input takes three files, q.npy,k.npy,v.npy, but %d are given".formatted(files.size()));
    }
    return TensorFiles.inputs(files.get(0), files.get(1), files.get(2), parse(mask), maskFile);
  }

  @Nullable Path output() {
    return output;
  }

  private static Mask parse(String text) {
    if (text.equals("full")) {
      return Mask.none();
    }
    if (text.equals("causal")) {
      return Mask.causal();
    }
    java.util.regex.Matcher window =
        java.util.regex.Pattern.compile("window\\((-?\\d{1,9}),(-?\\d{1,9})\\)")
            .matcher(text.replace(" ", ""));
    if (window.matches()) {
      return Mask.window(Integer.parseInt(window.group(1)), Integer.parseInt(window.group(2)));
    }
    throw new IllegalArgumentException(
        "--mask '%s' is none of full, causal, window(LEFT,RIGHT)".formatted(text));
  }
}
