package io.github.attn4j.core.report;

import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * Versions beside each other as JUnit XML: a suite a kernel, a test case a cell of both. What fails
 * the command is a failure (slower) or an error (broken or missing); what has no verdict is
 * skipped.
 */
public final class RegressionJunit {
  private RegressionJunit() {}

  /** Writes the file. */
  public static void write(Path file, RegressionReport report) {
    AtomicFile.write(file, text(report));
  }

  static String text(RegressionReport report) {
    StringWriter text = new StringWriter();
    try {
      XMLStreamWriter xml = XMLOutputFactory.newInstance().createXMLStreamWriter(text);
      xml.writeStartDocument("UTF-8", "1.0");
      xml.writeStartElement("testsuites");
      Map<String, List<RegressionRow>> suites =
          report.rows().stream()
              .collect(
                  Collectors.groupingBy(
                      row -> row.cell().kernel(), LinkedHashMap::new, Collectors.toList()));
      report.unmatched().stream()
          .filter(UnmatchedCell::lost)
          .forEach(one -> suites.putIfAbsent(one.cell().kernel(), List.of()));
      for (Map.Entry<String, List<RegressionRow>> suite : suites.entrySet()) {
        List<UnmatchedCell> missing =
            report.unmatched().stream()
                .filter(one -> one.lost() && one.cell().kernel().equals(suite.getKey()))
                .toList();
        write(xml, report, suite.getKey(), suite.getValue(), missing);
      }
      xml.writeEndElement();
      xml.writeEndDocument();
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("a string can always be written", e);
    }
    return text.toString();
  }

  private static void write(
      XMLStreamWriter xml,
      RegressionReport report,
      String kernel,
      List<RegressionRow> rows,
      List<UnmatchedCell> missing)
      throws XMLStreamException {
    long missingFail = missing.stream().filter(report::fails).count();
    xml.writeStartElement("testsuite");
    xml.writeAttribute("name", kernel);
    xml.writeAttribute("tests", count(rows.size() + missing.size()));
    xml.writeAttribute(
        "failures", count(rows.stream().filter(row -> failure(report, row)).count()));
    xml.writeAttribute(
        "errors", count(rows.stream().filter(row -> error(report, row)).count() + missingFail));
    xml.writeAttribute(
        "skipped",
        count(
            rows.stream().filter(row -> skipped(report, row)).count()
                + missing.size()
                - missingFail));
    xml.writeAttribute("timestamp", report.environment().startedAt());
    for (RegressionRow row : rows) {
      xml.writeStartElement("testcase");
      xml.writeAttribute("classname", kernel);
      xml.writeAttribute("name", JunitXml.clean(row.cell().problem() + ", " + row.against()));
      writeProperties(xml, row);
      if (failure(report, row)) {
        writeOutcome(xml, "failure", row);
      } else if (error(report, row)) {
        writeOutcome(xml, "error", row);
      } else if (skipped(report, row)) {
        writeOutcome(xml, "skipped", row);
      }
      xml.writeEndElement();
    }
    for (UnmatchedCell one : missing) {
      xml.writeStartElement("testcase");
      xml.writeAttribute("classname", kernel);
      xml.writeAttribute("name", JunitXml.clean(one.cell().problem() + ", " + one.missingIn()));
      xml.writeEmptyElement(report.fails(one) ? "error" : "skipped");
      xml.writeAttribute("message", JunitXml.clean(GithubAnnotations.sentence(one)));
      xml.writeEndElement();
    }
    xml.writeEndElement();
  }

  private static boolean failure(RegressionReport report, RegressionRow row) {
    return report.fails(row) && row.verdict() == Verdict.SLOWER;
  }

  private static boolean error(RegressionReport report, RegressionRow row) {
    return report.fails(row) && row.verdict() != Verdict.SLOWER;
  }

  private static boolean skipped(RegressionReport report, RegressionRow row) {
    return switch (row.verdict()) {
      case UNDECIDED, NOT_MEASURED, STILL_BROKEN -> true;
      case MISSING -> !report.fails(row);
      case BROKEN, SLOWER, UNCHANGED, FASTER, MENDED -> false;
    };
  }

  private static String count(long value) {
    return String.valueOf(value);
  }

  private static void writeOutcome(XMLStreamWriter xml, String element, RegressionRow row)
      throws XMLStreamException {
    xml.writeStartElement(element);
    xml.writeAttribute("message", JunitXml.clean(GithubAnnotations.sentence(row)));
    if (!row.now().note().isEmpty()) {
      xml.writeCharacters(JunitXml.clean(row.now().note()));
    }
    xml.writeEndElement();
  }

  private static void writeProperties(XMLStreamWriter xml, RegressionRow row)
      throws XMLStreamException {
    List<String[]> properties = new ArrayList<>();
    properties.add(new String[] {"verdict", row.verdict().words()});
    if (!Double.isNaN(row.ratio())) {
      properties.add(new String[] {"ratio", String.valueOf(row.ratio())});
      properties.add(new String[] {"lower", String.valueOf(row.lower())});
      properties.add(new String[] {"upper", String.valueOf(row.upper())});
      properties.add(new String[] {"measure", row.measure()});
    }
    xml.writeStartElement("properties");
    for (String[] property : properties) {
      xml.writeEmptyElement("property");
      xml.writeAttribute("name", property[0]);
      xml.writeAttribute("value", property[1]);
    }
    xml.writeEndElement();
  }
}
