package io.github.attn4j.bench.cli;

import io.github.attn4j.bench.Backends;
import io.github.attn4j.bench.conform.FuzzedOnnx;
import io.github.attn4j.bench.mask.MaskText;
import io.github.attn4j.bench.shape.Shape;
import io.github.attn4j.bench.shape.ShapeList;
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
import java.util.Arrays;
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
      readMask(text(data));
    }
  },
  /**
   * The same with a file that the mask names, a table or a list of blocks: the mask stands on the
   * first line, with FILE or FILE.npy for its name, and the rest is what the file holds.
   */
  MASK_FILE {
    @Override
    void read(byte[] data) {
      int end = 0;
      while (end < data.length && data[end] != '\n') {
        end++;
      }
      byte[] content = Arrays.copyOfRange(data, Math.min(end + 1, data.length), data.length);
      String mask = text(Arrays.copyOf(data, end));
      boolean array = mask.contains("FILE.npy");
      Path file = array ? file(content, ".npy") : file(content);
      readMask(mask.replace(array ? "FILE.npy" : "FILE", file.toString()));
    }
  },
  /** What {@code --block-list} takes, as text, joined to a mask, in blocks of several sizes. */
  BLOCK_LIST {
    @Override
    void read(byte[] data) {
      Path file = file(data);
      for (int size : new int[] {1, 5, 64}) {
        try {
          requireText(MaskText.parse("causal").and(file, size).mask(() -> DOMAIN).label());
        } catch (InvalidFileException | UncheckedIOException documented) {
          requireText(String.valueOf(documented.getMessage()));
        }
      }
    }
  },
  /** Files of {@code --shapes}; each shape is one that a cell of a sweep can be told by. */
  SHAPES {
    @Override
    void read(byte[] data) {
      List<Shape> shapes;
      try {
        shapes = ShapeList.named(List.of(file(data).toString()));
      } catch (InvalidFileException | UncheckedIOException documented) {
        requireText(String.valueOf(documented.getMessage()));
        return;
      }
      for (Shape shape : shapes) {
        if (!Shape.decode(shape.encode()).equals(shape)) {
          throw new AssertionError("another shape comes back: " + shape);
        }
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
  /** Arguments in a file, which {@code @FILE} stands for. */
  ARGUMENT_FILE {
    @Override
    void read(byte[] data) {
      if (text(data).indexOf('@') >= 0) {
        return; // another file, on this machine alone
      }
      try {
        EXPANDING_COMMAND_LINE.parseArgs("verify", "--mask", "@" + file(data));
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

  /** As users have it. */
  private static final CommandLine EXPANDING_COMMAND_LINE =
      AttnCommand.commandLine(() -> new Backends(List.of()));

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

  private static void readMask(String text) {
    try {
      MaskText.parse(text).mask(() -> DOMAIN);
    } catch (IllegalArgumentException | InvalidFileException | UncheckedIOException documented) {
      // The last two name a table or a list of blocks, which a term may ask for.
    }
  }

  private static Path file(byte[] data) {
    return file(data, "");
  }

  private static Path file(byte[] data, String ending) {
    try {
      Path file =
          Path.of(
              System.getProperty("java.io.tmpdir"),
              "fuzzed-" + ProcessHandle.current().pid() + ending);
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
