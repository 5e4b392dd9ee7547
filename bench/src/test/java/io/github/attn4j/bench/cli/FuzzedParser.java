package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.conform.FuzzedOnnx;
import io.github.attn4j.bench.mask.MaskText;
import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.ExpressionDraw;
import io.github.attn4j.core.expression.ExpressionException;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.expression.OpenClSource;
import io.github.attn4j.core.expression.ScoreExpression;
import io.github.attn4j.core.fuzz.CaseFile;
import io.github.attn4j.core.fuzz.FuzzCase;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.input.NpyFile;
import io.github.attn4j.core.report.JsonReport;
import io.github.attn4j.core.tuning.TuningFile;
import io.github.attn4j.opencl.GivenKernel;
import io.github.attn4j.opencl.KernelTemplate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * What reads text or files of a user. Whatever it is given, it answers or throws the exception that
 * it documents; any other is a finding.
 */
enum FuzzedParser {
  /** Conditions of docs/masks.md, as far as OpenCL C and a pair's answer. */
  MASK_LANGUAGE {
    @Override
    void read(byte[] data) {
      try {
        MaskExpression mask = MaskExpression.parse(text(data), DRAW.bindings());
        mask.check(DOMAIN);
        mask.compile(DOMAIN).visible(0, 0, 1, 5, 3);
        requireText(OpenClSource.of(mask, null, DOMAIN.heads()).text());
      } catch (ExpressionException documented) {
        // As the language says.
      }
    }
  },
  /** Numbers of docs/masks.md, as far as OpenCL C and a pair's score. */
  SCORE_LANGUAGE {
    @Override
    void read(byte[] data) {
      try {
        ScoreExpression score = ScoreExpression.parse(text(data), DRAW.bindings());
        score.check(DOMAIN);
        score.compile(DOMAIN).score(0.5f, 0, 0, 1, 5, 3);
        requireText(OpenClSource.of(null, score, DOMAIN.heads()).text());
      } catch (ExpressionException documented) {
        // As the language says.
      }
    }
  },
  /** What {@code --mask} takes, presets and several terms included. */
  MASK_OPTION {
    @Override
    void read(byte[] data) {
      String text = text(data);
      if (text.indexOf('@') >= 0) {
        return; // names files
      }
      try {
        MaskText.parse(text).mask(() -> DOMAIN);
      } catch (IllegalArgumentException | InvalidFileException | UncheckedIOException documented) {
        // The last two name a list of blocks, which a term may ask for.
      }
    }
  },
  /** Cases of {@code ./attn fuzz}; one that is taken is written as it was read. */
  FUZZ_CASE {
    @Override
    void read(byte[] data) {
      FuzzCase first;
      try {
        first = CaseFile.parse(Path.of("case.json"), text(data));
      } catch (InvalidFileException documented) {
        return;
      }
      String written = CaseFile.text(first);
      if (!CaseFile.text(CaseFile.parse(Path.of("case.json"), written)).equals(written)) {
        throw new AssertionError("read again, the case is another one: " + written);
      }
    }
  },
  /** report.json and peers.json. */
  REPORT {
    @Override
    void read(byte[] data) {
      try {
        requireText(JsonReport.read(file(data)).environment().tool());
      } catch (UncheckedIOException documented) {
        // Names the file.
      }
    }
  },
  /** Tensors of a user. */
  NPY {
    @Override
    void read(byte[] data) {
      Path file = file(data);
      try {
        NpyFile.read(file);
      } catch (InvalidFileException | UncheckedIOException documented) {
        // Both name the file.
      }
      try {
        NpyFile.readWithIntegers(file);
      } catch (InvalidFileException | UncheckedIOException documented) {
        // Likewise.
      }
    }
  },
  /** Models of {@code ./attn conform}, as far as attributes. */
  ONNX_MODEL {
    @Override
    void read(byte[] data) {
      FuzzedOnnx.takesModel(data);
    }
  },
  /** Its tensors. */
  ONNX_TENSOR {
    @Override
    void read(byte[] data) {
      FuzzedOnnx.takesTensor(data);
    }
  },
  /** Its case folders, as far as spec and inputs. */
  ONNX_CASE {
    @Override
    void read(byte[] data) {
      FuzzedOnnx.takesCase(ONNX_FOLDER, data);
    }
  },
  /** The command line, up to where a command would run. */
  ARGUMENTS {
    @Override
    void read(byte[] data) {
      try {
        COMMAND_LINE.parseArgs(text(data).split("\n", -1));
      } catch (CommandLine.ParameterException documented) {
        requireText(String.valueOf(documented.getMessage()));
      }
    }
  },
  /** The tuner's database, of which nothing unreadable may end a run. */
  TUNING_FILE {
    @Override
    void read(byte[] data) {
      TuningFile.parse(text(data), "tuning.json", FuzzedParser::requireText);
      new TuningFile(file(data)).records(FuzzedParser::requireText);
    }
  },
  /** Descriptors of a user's kernel, with their launches for a few specs. */
  KERNEL_DESCRIPTOR {
    @Override
    void read(byte[] data) {
      Path descriptor = file(data);
      try {
        requireText(GivenKernel.read(KERNEL, descriptor).globalId());
      } catch (InvalidFileException | UncheckedIOException | IllegalArgumentException documented) {
        requireText(String.valueOf(documented.getMessage()));
      }
    }
  };

  private static final Path KERNEL = kernel();

  private static final Path ONNX_FOLDER = folder();
  private static final ExpressionDraw DRAW = new ExpressionDraw(1);
  private static final Domain DOMAIN = DRAW.domain();

  /** No @file: what the machine's files hold would be part of the input. */
  private static final CommandLine COMMAND_LINE =
      AttnCommand.commandLine(() -> new Backends(List.of())).setExpandAtFiles(false);

  /**
   * Gives it some bytes.
   *
   * @throws RuntimeException that it does not document
   */
  abstract void read(byte[] data);

  /** Folder of its corpus among the test's resources, and its name on Jazzer's command line. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String text(byte[] data) {
    return new String(data, StandardCharsets.UTF_8);
  }

  private static Path kernel() {
    KernelTemplate template = new KernelTemplate("my_variant");
    Path folder = folder();
    template.write(folder);
    return template.sourceFile(folder);
  }

  private static Path folder() {
    try {
      Path folder = Files.createTempDirectory("fuzzed-onnx-");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path file(byte[] data) {
    try {
      Path file =
          Path.of(System.getProperty("java.io.tmpdir"), "fuzzed-" + ProcessHandle.current().pid());
      file.toFile().deleteOnExit();
      return Files.write(file, data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void requireText(String text) {
    if (text.isEmpty()) {
      throw new AssertionError("an empty text");
    }
  }
}
