package io.github.attn4j.bench.shape;

import io.github.attn4j.bench.mask.MaskAndScore;
import io.github.attn4j.bench.mask.MaskText;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.AttentionSpecBuilder;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The sizes, the mask and the storage of a cell, without data.
 *
 * @param model whose attention it is, for example "llama-3-8b prefill"; empty in a sweep
 * @param batch B
 * @param queryHeads Hq
 * @param kvHeads Hkv
 * @param queryLength Sq
 * @param kvLength Skv
 * @param headDim D
 * @param valueDim Dv
 * @param mask as {@link MaskText} writes it
 * @param softCap scores are squeezed into this, 0 for none
 * @param score as {@link io.github.attn4j.bench.mask.ScoreText} writes it, empty for none
 * @param mode that the shape is of
 * @param storage types of the tensors, and where keys lie
 */
public record Shape(
    String model,
    int batch,
    int queryHeads,
    int kvHeads,
    int queryLength,
    int kvLength,
    int headDim,
    int valueDim,
    String mask,
    float softCap,
    String score,
    Mode mode,
    Storage storage) {
  private static final String SEPARATOR = "/";
  private static final int PARTS = 13;

  /** A text that takes part in {@link #encode}. */
  public Shape {
    if (model.contains(SEPARATOR)) {
      throw new IllegalArgumentException(
          "a model's name cannot hold '/', as '%s'".formatted(model));
    }
  }

  /** Of no mode, float32 in a slot for each sequence, without a score. */
  public Shape(
      String model,
      int batch,
      int queryHeads,
      int kvHeads,
      int queryLength,
      int kvLength,
      int headDim,
      int valueDim,
      String mask,
      float softCap) {
    this(
        model,
        batch,
        queryHeads,
        kvHeads,
        queryLength,
        kvLength,
        headDim,
        valueDim,
        mask,
        softCap,
        "",
        Mode.SWEEP,
        Storage.PLAIN);
  }

  /** One batch, equal lengths and dimensions, no soft cap: what most tests need. */
  public static Shape square(int heads, int length, int dim, String mask) {
    return new Shape("", 1, heads, heads, length, length, dim, dim, mask, 0);
  }

  /**
   * The problem.
   *
   * @throws IllegalArgumentException naming the value that makes no sense
   * @throws io.github.attn4j.core.input.InvalidFileException where a file that the mask names does
   *     not fit the shape
   */
  public AttentionSpec spec() {
    AttentionSpecBuilder builder =
        AttentionSpec.builder()
            .batch(batch)
            .heads(queryHeads, kvHeads)
            .lengths(queryLength, kvLength)
            .dims(headDim, valueDim)
            .softCap(softCap);
    return MaskAndScore.parse(mask, score)
        .applyTo(storage.applyTo(builder, batch, kvLength).build());
  }

  /** The same over fewer keys; queries shrink along where there are more of them than keys. */
  public Shape withKeys(int keys) {
    int queries = Math.max(1, (int) ((long) queryLength * keys / kvLength));
    return new Shape(
        model,
        batch,
        queryHeads,
        kvHeads,
        queries,
        keys,
        headDim,
        valueDim,
        MaskText.parse(mask).forFewerKeys().text(),
        softCap,
        score,
        mode,
        storage);
  }

  /** The same behind another mask. */
  public Shape withMask(String other) {
    return with(other, score);
  }

  /** The same behind another mask, with another score. */
  public Shape with(String otherMask, String otherScore) {
    return new Shape(
        model,
        batch,
        queryHeads,
        kvHeads,
        queryLength,
        kvLength,
        headDim,
        valueDim,
        otherMask,
        softCap,
        otherScore,
        mode,
        storage);
  }

  /** The same stored otherwise. */
  public Shape with(Storage other) {
    return new Shape(
        model,
        batch,
        queryHeads,
        kvHeads,
        queryLength,
        kvLength,
        headDim,
        valueDim,
        mask,
        softCap,
        score,
        mode,
        other);
  }

  /** The shape as one word; {@link #decode} is its inverse. */
  public String encode() {
    List<String> parts = new ArrayList<>(List.of(model));
    for (int size :
        new int[] {batch, queryHeads, kvHeads, queryLength, kvLength, headDim, valueDim}) {
      parts.add(String.valueOf(size));
    }
    parts.add(URLEncoder.encode(mask, StandardCharsets.UTF_8)); // it may hold '/'
    parts.add(String.valueOf(softCap));
    parts.add(URLEncoder.encode(score, StandardCharsets.UTF_8));
    parts.add(mode.label());
    parts.add(storage.encode());
    return String.join(SEPARATOR, parts);
  }

  /** The shape that {@link #encode} wrote. */
  public static Shape decode(String text) {
    String[] parts = text.split(SEPARATOR, -1);
    if (parts.length != PARTS) {
      throw new IllegalArgumentException("'" + text + "' is no shape");
    }
    return new Shape(
        parts[0],
        Integer.parseInt(parts[1]),
        Integer.parseInt(parts[2]),
        Integer.parseInt(parts[3]),
        Integer.parseInt(parts[4]),
        Integer.parseInt(parts[5]),
        Integer.parseInt(parts[6]),
        Integer.parseInt(parts[7]),
        URLDecoder.decode(parts[8], StandardCharsets.UTF_8),
        Float.parseFloat(parts[9]),
        URLDecoder.decode(parts[10], StandardCharsets.UTF_8),
        Mode.of(parts[11]),
        Storage.decode(parts[12]));
  }
}
