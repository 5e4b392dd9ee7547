package io.github.attn4j.bench.picture;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes PNG files (ISO/IEC 15948) of 8-bit colours. Our own writer: the JDK's would bring the
 * module java.desktop into the bundle, and text drawn with it needs fonts that servers lack; the
 * format is four chunks around what java.util.zip does.
 */
final class PngFile {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final int FILTER_UP = 2; // stores differences from the row above: mostly zeros

  private PngFile() {}

  /**
   * Writes a picture over what the file held.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  static void write(Path file, Canvas canvas) {
    try {
      Files.write(file, bytes(canvas));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write %s (%s)".formatted(file, e), e);
    }
  }

  private static byte[] bytes(Canvas canvas) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(file);
    out.write(SIGNATURE);
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    DataOutputStream fields = new DataOutputStream(header);
    fields.writeInt(canvas.width());
    fields.writeInt(canvas.height());
    // 8 bits a channel, red green blue, deflate, the five filters, no interlace.
    fields.write(new byte[] {8, 2, 0, 0, 0});
    chunk(out, "IHDR", header.toByteArray());
    chunk(out, "IDAT", compressed(canvas));
    chunk(out, "IEND", new byte[0]);
    return file.toByteArray();
  }

  private static byte[] compressed(Canvas canvas) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
    try (DeflaterOutputStream out = new DeflaterOutputStream(data, deflater)) {
      byte[] above = new byte[3 * canvas.width()];
      byte[] row = new byte[above.length];
      byte[] filtered = new byte[above.length + 1];
      filtered[0] = FILTER_UP;
      for (int y = 0; y < canvas.height(); y++) {
        for (int x = 0; x < canvas.width(); x++) {
          int colour = canvas.colour(x, y);
          row[3 * x] = (byte) (colour >> 16);
          row[3 * x + 1] = (byte) (colour >> 8);
          row[3 * x + 2] = (byte) colour;
        }
        for (int i = 0; i < row.length; i++) {
          filtered[i + 1] = (byte) (row[i] - above[i]);
        }
        out.write(filtered);
        byte[] free = above;
        above = row;
        row = free;
      }
    } finally {
      deflater.end();
    }
    return data.toByteArray();
  }

  private static void chunk(DataOutputStream out, String type, byte[] data) throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(data);
    out.writeInt(data.length);
    out.write(name);
    out.write(data);
    out.writeInt((int) crc.getValue());
  }
}
