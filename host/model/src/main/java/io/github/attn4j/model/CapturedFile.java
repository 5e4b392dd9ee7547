package io.github.attn4j.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * Queries, keys and values that a model gave, kept in a file. It gives the bits that {@link
 * ModelCapture} gives, for every context up to the length that was kept.
 *
 * <p>A context that ends inside a window ends with [SEP] where a longer one has a word, so the file
 * also keeps that token's rows at each position of a window.
 *
 * <p>Little-endian: {@code attn4j-capture-1}; heads, tokens, headDim and window as int32; Q, K and
 * V as float32 [heads][tokens][headDim]; the rows of [SEP] in Q, K and V as float32
 * [heads][window][headDim]; SHA-256 of all before it.
 */
public final class CapturedFile implements ModelInputs {
  private static final byte[] MAGIC = "attn4j-capture-1".getBytes(StandardCharsets.US_ASCII);
  private static final int SHAPE_BYTES = 4 * Integer.BYTES;
  private static final int DIGEST_BYTES = 32;

  private final Path file;
  private final CapturedProjections context;
  private final CapturedProjections separators;

  private CapturedFile(Path file, CapturedProjections context, CapturedProjections separators) {
    this.file = file;
    this.context = context;
    this.separators = separators;
  }

  /**
   * Writes what a model gives.
   *
   * @param file replaced if it exists
   * @param tokens the longest context it will serve, a multiple of {@link
   *     ModelCapture#WINDOW_TOKENS}
   * @throws IllegalArgumentException if {@code tokens} is none
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, ModelCapture model, int tokens) throws IOException {
    // Otherwise the last row is a [SEP] that no longer context has, and would be taken for a word.
    if (tokens < 1 || tokens % ModelCapture.WINDOW_TOKENS != 0) {
      throw new IllegalArgumentException(
          "tokens is " + tokens + ", it must be a multiple of " + ModelCapture.WINDOW_TOKENS);
    }
    CapturedProjections context = model.capture(tokens);
    CapturedProjections separators = model.separators();
    long floats = 3L * (context.q().length + separators.q().length);
    ByteBuffer content =
        ByteBuffer.allocate(
                Math.toIntExact(MAGIC.length + SHAPE_BYTES + floats * Float.BYTES + DIGEST_BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    content.put(MAGIC);
    content.putInt(context.heads()).putInt(tokens).putInt(context.headDim());
    content.putInt(separators.tokens());
    for (CapturedProjections part : new CapturedProjections[] {context, separators}) {
      for (float[] tensor : new float[][] {part.q(), part.k(), part.v()}) {
        content.asFloatBuffer().put(tensor);
        content.position(content.position() + tensor.length * Float.BYTES);
      }
    }
    content.put(sha256(content.array(), content.position()));
    Files.write(file, content.array());
  }

  /**
   * Reads a file.
   *
   * @throws ModelLoadException naming the file, if it cannot be read or is damaged
   */
  public static CapturedFile read(Path file) {
    byte[] content;
    try {
      content = Files.readAllBytes(file);
    } catch (IOException e) {
      throw new ModelLoadException(
          "The captured model inputs %s cannot be read (%s): unpack the bundle again"
              .formatted(file, e),
          e);
    }
    int end = content.length - DIGEST_BYTES;
    if (end < MAGIC.length + SHAPE_BYTES
        || !Arrays.equals(MAGIC, Arrays.copyOf(content, MAGIC.length))
        || !MessageDigest.isEqual(
            sha256(content, end), Arrays.copyOfRange(content, end, content.length))) {
      throw new ModelLoadException(
          "The captured model inputs %s are damaged or of another version: unpack the bundle again"
              .formatted(file));
    }
    ByteBuffer bytes =
        ByteBuffer.wrap(content, MAGIC.length, end - MAGIC.length).order(ByteOrder.LITTLE_ENDIAN);
    int heads = bytes.getInt();
    int tokens = bytes.getInt();
    int headDim = bytes.getInt();
    int window = bytes.getInt();
    FloatBuffer floats = bytes.asFloatBuffer();
    return new CapturedFile(
        file,
        projections(floats, heads, tokens, headDim),
        projections(floats, heads, window, headDim));
  }

  private static CapturedProjections projections(
      FloatBuffer floats, int heads, int tokens, int headDim) {
    float[] q = new float[heads * tokens * headDim];
    float[] k = new float[q.length];
    float[] v = new float[q.length];
    floats.get(q).get(k).get(v);
    return new CapturedProjections(heads, tokens, headDim, q, k, v);
  }

  @Override
  public CapturedProjections capture(int tokens) {
    if (tokens < 1) {
      throw new IllegalArgumentException("tokens is " + tokens + ", it must be at least 1");
    }
    if (tokens > context.tokens()) {
      throw new ModelLoadException(
          "The model's inputs are asked for %d tokens, and %s stands in for the model with the first %d: choose a shorter"
                  .formatted(tokens, file, context.tokens())
              + " context, other inputs, or ./attn in a checkout of the source, which has the model");
    }
    return new CapturedProjections(
        context.heads(),
        tokens,
        context.headDim(),
        shortened(context.q(), separators.q(), tokens),
        shortened(context.k(), separators.k(), tokens),
        shortened(context.v(), separators.v(), tokens));
  }

  private float[] shortened(float[] tensor, float[] separatorRows, int tokens) {
    int dim = context.headDim();
    int window = separators.tokens();
    int last = (tokens - 1) % window;
    float[] part = new float[context.heads() * tokens * dim];
    for (int head = 0; head < context.heads(); head++) {
      System.arraycopy(
          tensor, head * context.tokens() * dim, part, head * tokens * dim, tokens * dim);
      if (last != 0) { // a window of one position is [CLS] alone
        System.arraycopy(
            separatorRows,
            (head * window + last) * dim,
            part,
            (head * tokens + tokens - 1) * dim,
            dim);
      }
    }
    return part;
  }

  private static byte[] sha256(byte[] content, int length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(content, 0, length);
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
