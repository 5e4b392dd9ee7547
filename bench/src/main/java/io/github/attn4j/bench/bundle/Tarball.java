package io.github.attn4j.bench.bundle;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Writes a folder as a .tar.gz (POSIX.1-1988 ustar), sorted by name, owned by root and with one
 * time: the same folder gives the same bytes.
 */
final class Tarball {
  private static final int BLOCK = 512;
  private static final int NAME_BYTES = 100;
  private static final int PREFIX_BYTES = 155;
  private static final byte REGULAR = '0';
  private static final byte SYMBOLIC_LINK = '2';
  private static final byte FOLDER = '5';

  private final OutputStream out;
  private final long epochSeconds;

  private Tarball(OutputStream out, long epochSeconds) {
    this.out = out;
    this.epochSeconds = epochSeconds;
  }

  /**
   * Writes a folder; unpacking makes one of the same name.
   *
   * @param tarball must not exist
   * @param epochSeconds what all files in it are dated
   */
  static void write(Path folder, Path tarball, long epochSeconds) throws IOException {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(folder)) {
      paths = walk.sorted().toList();
    }
    try (OutputStream out = new BestGzip(Files.newOutputStream(tarball))) {
      Tarball writer = new Tarball(out, epochSeconds);
      for (Path path : paths) {
        String below = folder.relativize(path).toString();
        writer.add(path, folder.getFileName() + (below.isEmpty() ? "" : "/" + below));
      }
      out.write(new byte[2 * BLOCK]); // the end
    }
  }

  private static final class BestGzip extends GZIPOutputStream {
    BestGzip(OutputStream out) throws IOException {
      super(out, 1 << 16);
      def.setLevel(Deflater.BEST_COMPRESSION);
    }
  }

  private void add(Path path, String name) throws IOException {
    if (Files.isSymbolicLink(path)) {
      header(name, 0777, 0, SYMBOLIC_LINK, Files.readSymbolicLink(path).toString());
    } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      header(name + "/", 0755, 0, FOLDER, "");
    } else {
      long size = Files.size(path);
      header(name, Files.isExecutable(path) ? 0755 : 0644, size, REGULAR, "");
      Files.copy(path, out);
      out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
    }
  }

  private void header(String name, int mode, long size, byte type, String link) throws IOException {
    byte[] block = new byte[BLOCK];
    int split =
        name.length() <= NAME_BYTES ? -1 : name.indexOf('/', name.length() - NAME_BYTES - 1);
    text(block, 0, NAME_BYTES, name.substring(split + 1));
    octal(block, 100, 8, mode);
    octal(block, 108, 8, 0); // user
    octal(block, 116, 8, 0); // group
    octal(block, 124, 12, size);
    octal(block, 136, 12, epochSeconds);
    Arrays.fill(block, 148, 156, (byte) ' '); // the sum counts itself as spaces
    block[156] = type;
    text(block, 157, 100, link);
    text(block, 257, 6, "ustar");
    text(block, 263, 2, "00");
    text(block, 265, 32, "root");
    text(block, 297, 32, "root");
    text(block, 345, PREFIX_BYTES, split < 0 ? "" : name.substring(0, split));
    int sum = 0;
    for (byte each : block) {
      sum += each & 0xff;
    }
    octal(block, 148, 7, sum);
    out.write(block);
  }

  private static void text(byte[] block, int at, int room, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > room) {
      throw new IllegalStateException("a tar header has no room for the name " + text);
    }
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  private static void octal(byte[] block, int at, int room, long value) {
    text(block, at, room - 1, String.format(Locale.ROOT, "%0" + (room - 1) + "o", value));
  }
}
