package io.github.attn4j.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Packages stand in the order in which data flows, and each knows only those before it. */
class LayerOrderTest {
  private static final String ROOT = "io.github.attn4j.core.";

  private static final List<String> ORDER =
      List.of(
          "expression",
          "blockmap",
          "spec",
          "cost",
          "input",
          "result",
          "layer",
          "kernel",
          "reference",
          "check",
          "run",
          "report",
          "tuning",
          "fuzz");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.github.attn4j.core");

  @Test
  void noPackageKnowsALaterOne() {
    for (int place = 0; place < ORDER.size() - 1; place++) {
      String[] later =
          ORDER.stream().skip(place + 1L).map(name -> ROOT + name).toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage(ROOT + ORDER.get(place))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(later)
          .check(CLASSES);
    }
  }

  @Test
  void anUpwardDependencyWouldBeFound() {
    // The same rule turned round: check does know spec, and so must be found to.
    assertThat(
            noClasses()
                .that()
                .resideInAPackage(ROOT + "check")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ROOT + "spec")
                .evaluate(CLASSES)
                .hasViolation())
        .isTrue();
  }

  @Test
  void noPackagesKnowEachOther() {
    slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void everyPackageHasItsPlace() {
    assertThat(CLASSES.stream().map(type -> type.getPackageName()).collect(Collectors.toSet()))
        .containsExactlyInAnyOrderElementsOf(ORDER.stream().map(name -> ROOT + name).toList());
  }

  @Test
  void nothingInCoreKnowsATestFramework() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.junit..", "org.assertj..")
        .check(CLASSES);
  }
}
