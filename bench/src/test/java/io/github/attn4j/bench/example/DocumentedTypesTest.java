package io.github.attn4j.bench.example;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every public type of what is published as a library says what it is for. */
class DocumentedTypesTest {
  private static final Path ROOT = Path.of(System.getProperty("basedir", ".")).resolve("..");

  @ParameterizedTest
  @ValueSource(strings = {"host/core", "host/opencl", "host/java", "host/model"})
  void everyPublicTypeHasAComment(String module) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
      files = all.filter(file -> file.toString().endsWith(".java")).toList();
    }
    assertThat(files).hasSizeGreaterThan(5);
    assertThat(withoutComment(files)).isEmpty();
  }

  @Test
  void aTypeWithoutOneIsFound() throws IOException {
    Path file = Files.createTempFile("Some", ".java");
    try {
      Files.writeString(
          file,
          "/** Said. */ class Outer { public static class Inner {} /** Said. */ public record R() {} }");
      assertThat(withoutComment(List.of(file))).containsExactly("Inner");
    } finally {
      Files.delete(file);
    }
  }

  private static List<String> withoutComment(List<Path> files) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> missing = new ArrayList<>();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, manager, null, null, null, manager.getJavaFileObjectsFromPaths(files));
      DocTrees comments = DocTrees.instance(task);
      for (CompilationUnitTree unit : task.parse()) {
        new TreePathScanner<@Nullable Void, @Nullable Void>() {
          @Override
          public @Nullable Void visitClass(ClassTree type, @Nullable Void unused) {
            if (type.getModifiers().getFlags().contains(Modifier.PUBLIC)
                && comments.getDocCommentTree(getCurrentPath()) == null) {
              missing.add(type.getSimpleName().toString());
            }
            return super.visitClass(type, null);
          }
        }.scan(unit, null);
      }
    }
    return missing;
  }
}
