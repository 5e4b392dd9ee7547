package io.github.attn4j.core.report;

import java.io.StringWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * A verification as JUnit XML, the form that CI servers read: a test suite a kernel, a test case a
 * case; where kernels were launched again for their bits, another suite a kernel.
 */
public final class JunitXml {
  private JunitXml() {}

  /** Writes the file. */
  public static void write(Path file, VerifyReport report) {
    write(file, report, verifyCase -> Map.of());
  }

  /**
   * Writes the file.
   *
   * @param more properties of a case besides its types and tuning, by their names
   */
  public static void write(
      Path file, VerifyReport report, Function<VerifyCase, Map<String, String>> more) {
    StringWriter text = new StringWriter();
    try {
      XMLStreamWriter xml = XMLOutputFactory.newInstance().createXMLStreamWriter(text);
      xml.writeStartDocument("UTF-8", "1.0");
      xml.writeStartElement("testsuites");
      for (KernelSummary kernel : report.kernels()) {
        List<VerifyCase> cases =
            report.cases().stream().filter(c -> c.kernel().equals(kernel.kernel())).toList();
        writeSuite(xml, report, kernel, cases, more);
      }
      for (List<KernelRepeats> rows :
          report.repeats().stream()
              .collect(
                  Collectors.groupingBy(
                      KernelRepeats::kernel, LinkedHashMap::new, Collectors.toList()))
              .values()) {
        writeRepeats(xml, report, rows);
      }
      xml.writeEndElement();
      xml.writeEndDocument();
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("a string can always be written", e);
    }
    AtomicFile.write(file, text.toString());
  }

  private static void writeSuite(
      XMLStreamWriter xml,
      VerifyReport report,
      KernelSummary kernel,
      List<VerifyCase> cases,
      Function<VerifyCase, Map<String, String>> more)
      throws XMLStreamException {
    xml.writeStartElement("testsuite");
    xml.writeAttribute("name", kernel.kernel());
    xml.writeAttribute("tests", String.valueOf(kernel.cases()));
    xml.writeAttribute("failures", String.valueOf(kernel.incorrect()));
    xml.writeAttribute("errors", String.valueOf(kernel.failed()));
    xml.writeAttribute("skipped", String.valueOf(kernel.unsupported()));
    xml.writeAttribute("time", seconds(cases.stream().mapToDouble(VerifyCase::seconds).sum()));
    xml.writeAttribute("timestamp", report.environment().startedAt());
    int number = 0;
    for (VerifyCase verifyCase : cases) {
      xml.writeStartElement("testcase");
      xml.writeAttribute("classname", kernel.kernel());
      // The number keeps names apart: one name may stand for several data sets.
      xml.writeAttribute(
          "name",
          clean(
              "%03d %s, %s, %s"
                  .formatted(++number, verifyCase.name(), verifyCase.shape(), verifyCase.input())));
      xml.writeAttribute("time", seconds(verifyCase.seconds()));
      writeProperties(xml, verifyCase, more.apply(verifyCase));
      writeOutcome(
          xml,
          verifyCase.status(),
          verifyCase.status().equals("INCORRECT") ? "failure" : "error",
          verifyCase.detail());
      xml.writeEndElement();
    }
    xml.writeEndElement();
  }

  private static void writeRepeats(
      XMLStreamWriter xml, VerifyReport report, List<KernelRepeats> rows)
      throws XMLStreamException {
    String suite = rows.getFirst().kernel() + ", same bits";
    long failures = rows.stream().filter(KernelRepeats::brokeItsWord).count();
    long errors = rows.stream().filter(KernelRepeats::failed).count() - failures;
    xml.writeStartElement("testsuite");
    xml.writeAttribute("name", suite);
    xml.writeAttribute("tests", String.valueOf(rows.size()));
    xml.writeAttribute("failures", String.valueOf(failures));
    xml.writeAttribute("errors", String.valueOf(errors));
    xml.writeAttribute(
        "skipped",
        String.valueOf(rows.stream().filter(row -> !row.measured() && !row.failed()).count()));
    xml.writeAttribute("timestamp", report.environment().startedAt());
    for (KernelRepeats row : rows) {
      xml.writeStartElement("testcase");
      xml.writeAttribute("classname", suite);
      xml.writeAttribute(
          "name",
          clean(
              "%s, %s%s"
                  .formatted(
                      row.problem(), row.shape(), row.deterministic() ? ", deterministic" : "")));
      writeOutcome(xml, row.status(), row.brokeItsWord() ? "failure" : "error", row.detail());
      xml.writeEndElement();
    }
    xml.writeEndElement();
  }

  /**
   * What came of a test case.
   *
   * @param bad the element of what neither passed nor is unsupported
   */
  private static void writeOutcome(XMLStreamWriter xml, String status, String bad, String detail)
      throws XMLStreamException {
    switch (status) {
      case "passed" -> {}
      case "unsupported" -> {
        xml.writeStartElement("skipped");
        xml.writeAttribute("message", clean(detail));
        xml.writeEndElement();
      }
      default -> {
        xml.writeStartElement(bad);
        xml.writeAttribute("message", status);
        xml.writeCharacters(clean(detail));
        xml.writeEndElement();
      }
    }
  }

  private static void writeProperties(
      XMLStreamWriter xml, VerifyCase verifyCase, Map<String, String> more)
      throws XMLStreamException {
    xml.writeStartElement("properties");
    writeProperty(xml, "dtype", verifyCase.dtype());
    writeProperty(xml, "kvDtype", verifyCase.kvDtype());
    writeProperty(xml, "tuning", verifyCase.tuning());
    // What was not compared has no error to tell.
    writeFigure(xml, "maxErrorOverBudget", verifyCase.maxErrorOverBudget());
    writeFigure(xml, "errorOverPlain", verifyCase.errorOverPlain());
    writeFigure(xml, "maxUlps", verifyCase.maxUlps());
    for (Map.Entry<String, String> property : more.entrySet()) {
      writeProperty(xml, property.getKey(), property.getValue());
    }
    xml.writeEndElement();
  }

  private static void writeFigure(XMLStreamWriter xml, String name, double value)
      throws XMLStreamException {
    if (!Double.isNaN(value)) {
      writeProperty(xml, name, Double.toString(value));
    }
  }

  private static void writeProperty(XMLStreamWriter xml, String name, String value)
      throws XMLStreamException {
    xml.writeEmptyElement("property");
    xml.writeAttribute("name", name);
    xml.writeAttribute("value", clean(value));
  }

  private static String seconds(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  /** XML 1.0 has no place for most control characters, which build logs may hold. */
  static String clean(String text) {
    StringBuilder kept = new StringBuilder();
    text.codePoints()
        .map(c ->
            c == '\t'
                    || c == '\n'
                    || c == '\r'
                    || (c >= 0x20 && c <= 0xd7ff)
                    || (c >= 0xe000 && c != 0xfffe && c != 0xffff)
                ? c
                : '?')
        .forEach(kept::appendCodePoint);
    return kept.toString();
  }
}
