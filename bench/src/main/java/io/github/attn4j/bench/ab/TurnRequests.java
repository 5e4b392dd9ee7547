package io.github.attn4j.bench.ab;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * A trial's end of turns: before each stretch of launches it says which cell it is at, four bytes,
 * most significant first, and waits for one byte. From then on, and from its start, it has the
 * machine for itself until it asks again or ends.
 */
public final class TurnRequests implements AutoCloseable {
  private final SocketChannel channel;
  private final ByteBuffer wanted = ByteBuffer.allocate(Integer.BYTES);
  private final ByteBuffer granted = ByteBuffer.allocate(1);

  private TurnRequests(SocketChannel channel) {
    this.channel = channel;
  }

  /**
   * Connects.
   *
   * @param socket a Unix domain socket
   * @throws UncheckedIOException naming it, if nobody listens there
   */
  public static TurnRequests to(Path socket) {
    try {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
      } catch (IOException e) {
        channel.close();
        throw e;
      }
      return new TurnRequests(channel);
    } catch (IOException e) {
      throw new UncheckedIOException("--turns %s: nobody gives turns there".formatted(socket), e);
    }
  }

  /**
   * Returns when it is this trial's turn.
   *
   * @param cell where it is: a number from 0 up that grows from cell to cell
   * @throws UncheckedIOException if whoever gave the turns is gone
   */
  public void await(int cell) {
    try {
      wanted.clear().putInt(cell).flip();
      while (wanted.hasRemaining()) {
        channel.write(wanted);
      }
      granted.clear();
      if (channel.read(granted) < 0) {
        throw new EOFException("the other end was closed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the ./attn ab that this trial belongs to is gone", e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close the socket for turns", e);
    }
  }
}
