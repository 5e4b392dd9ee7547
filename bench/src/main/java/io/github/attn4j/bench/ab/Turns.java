package io.github.attn4j.bench.ab;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The other end of one trial's {@link TurnRequests}: hears what it wants, and grants it. */
final class Turns implements AutoCloseable {
  /** Instead of a cell: the process has ended. */
  static final int ENDED = -1;

  /** Instead of a cell: it has had the machine for too long. */
  static final int TOO_LONG = -2;

  /** So often the process's children are looked at, which it may leave behind. */
  private static final long LOOK_MILLIS = 1000;

  private final Path socket;
  private final ServerSocketChannel server;
  private final Selector selector;
  private final ByteBuffer wanted = ByteBuffer.allocate(Integer.BYTES);
  private @Nullable SocketChannel trial;
  private @Nullable ProcessTree heard;
  private long looked;

  /**
   * Listens.
   *
   * @param socket of a name that is not there yet
   * @throws IOException naming it, if that cannot be
   */
  Turns(Path socket) throws IOException {
    this.socket = socket;
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    this.selector = Selector.open();
    try {
      server.bind(UnixDomainSocketAddress.of(socket));
      server.configureBlocking(false);
      server.register(selector, SelectionKey.OP_ACCEPT);
    } catch (IOException e) {
      close();
      throw new IOException(
          "no socket %s (%s); name a shorter folder with JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=DIR, or give --protocol trial, which needs none"
              .formatted(socket, e.getMessage()),
          e);
    }
  }

  /** What the trial is to be told. */
  Path socket() {
    return socket;
  }

  /**
   * Waits until the process asks for its next turn.
   *
   * @param seconds that it may have until then
   * @return at which cell it is, {@link #ENDED} or {@link #TOO_LONG}
   */
  int next(ProcessTree process, double seconds) throws IOException, InterruptedException {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    wanted.clear();
    if (heard != process) {
      heard = process;
      looked = System.nanoTime() - LOOK_MILLIS * 1_000_000; // now: a launcher may end soon
      var _ = process.onExit().thenRun(selector::wakeup);
    }
    while (process.isAlive()) {
      long left = Math.ceilDiv(end - System.nanoTime(), 1_000_000L);
      if (left <= 0) {
        return TOO_LONG;
      }
      if (System.nanoTime() - looked >= LOOK_MILLIS * 1_000_000) {
        process.look(); // takes milliseconds, which the trial would feel
        looked = System.nanoTime();
      }
      selector.select(Math.min(left, LOOK_MILLIS)); // 0 would be for ever
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      for (SelectionKey key : selector.selectedKeys()) {
        if (key.isAcceptable()) {
          accept();
        } else if (asked(key)) {
          selector.selectedKeys().clear();
          return wanted.getInt(0);
        }
      }
      selector.selectedKeys().clear();
    }
    return ENDED;
  }

  private void accept() throws IOException {
    SocketChannel found = server.accept();
    if (found != null) {
      trial = found;
      found.configureBlocking(false);
      found.register(selector, SelectionKey.OP_READ);
    }
  }

  private boolean asked(SelectionKey key) {
    boolean there;
    try {
      there = ((SocketChannel) key.channel()).read(wanted) >= 0;
    } catch (IOException e) {
      there = false; // ended with a turn that it had not taken
    }
    if (!there) {
      key.cancel(); // it has ended or will, which the next look tells
    }
    return !wanted.hasRemaining();
  }

  /** Gives the trial its turn. */
  void grant() {
    SocketChannel asking = trial;
    try {
      if (asking != null) {
        asking.write(ByteBuffer.allocate(1));
      }
    } catch (IOException e) {
      // It is gone meanwhile, which the next look tells.
    }
  }

  @Override
  public void close() throws IOException {
    SocketChannel last = trial;
    if (last != null) {
      last.close();
    }
    server.close();
    selector.close();
  }
}
