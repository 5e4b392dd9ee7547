package io.github.attn4j.core.fuzz;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.input.KeyRows;
import io.github.attn4j.core.input.SplitMix64;
import io.github.attn4j.core.result.AttentionOutput;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.ElementType;
import io.github.attn4j.core.spec.Layout;
import java.util.BitSet;

/**
 * Q, K, V and O in larger buffers: poison lies before, between and behind the rows, in rows that no
 * query sees, and in those that nobody has. What a kernel reads of it must not matter, and what it
 * writes of O's and LSE's is found afterwards, since both start as NaN throughout.
 *
 * <p>Two things are out of reach: a kernel that writes NaN beside its output, where there was one
 * before; and what lies behind O's last row, where its buffer ends. Oclgrind sees both.
 */
final class Surroundings {
  /** A scale that no visible run has. */
  private static final float HUGE_SCALE = 0x1p100f;

  private final FuzzCase fuzzCase;
  private final AttentionSpec spec;
  private final PoisonKind poison;
  private final BitSet[] seen;

  private Surroundings(FuzzCase fuzzCase, AttentionSpec spec, PoisonKind poison, BitSet[] seen) {
    this.fuzzCase = fuzzCase;
    this.spec = spec;
    this.poison = poison;
    this.seen = seen;
  }

  /**
   * The case's data within a kind of poison.
   *
   * @param seen which rows of K and V some query sees: {@link KeyRows#seen}, which takes a while
   */
  static AttentionInputs inputs(
      FuzzCase fuzzCase, AttentionSpec spec, PoisonKind poison, BitSet[] seen) {
    return new Surroundings(fuzzCase, spec, poison, seen).inputs();
  }

  private AttentionInputs inputs() {
    ElementType type = spec.keyValueType();
    float[] q = poisoned(spec.queryElements() + fuzzCase.places().q().after(), spec.queryType());
    SplitMix64 random = new SplitMix64(fuzzCase.seed(), 'Q');
    for (int b = 0; b < spec.batch(); b++) {
      for (int h = 0; h < spec.queryHeads(); h++) {
        for (int i = 0; i < spec.queryLengths().get(b); i++) {
          fill(q, spec.queryRow(b, h, i), 'Q', random, b, h, i, spec.headDim());
        }
      }
    }
    // Codes of gaps are what Quantizer makes them; others are exchanged below.
    int behindK = type.scaled() ? 0 : fuzzCase.places().k().after();
    int behindV = type.scaled() ? 0 : fuzzCase.places().v().after();
    float[] k = poisoned(spec.keyElements() + behindK, type);
    float[] v = poisoned(spec.valueElements() + behindV, type);
    fillKeys(k, v);
    AttentionInputs inputs =
        new AttentionInputs(spec, fuzzCase.family().label() + " seed " + fuzzCase.seed(), q, k, v);
    if (type.scaled()) {
      poisonCodes(inputs.k(), inputs.kScales(), spec.k(), spec.headDim());
      poisonCodes(inputs.v(), inputs.vScales(), spec.v(), spec.valueDim());
    }
    return inputs;
  }

  private float[] poisoned(int elements, ElementType type) {
    float[] values = new float[elements];
    for (int at = 0; at < elements; at++) {
      values[at] = type.scaled() ? 0 : poison.value(type, at);
    }
    return values;
  }

  private void fillKeys(float[] k, float[] v) {
    SplitMix64 ofKeys = new SplitMix64(fuzzCase.seed(), 'K');
    SplitMix64 ofValues = new SplitMix64(fuzzCase.seed(), 'V');
    for (int b = 0; b < spec.batch(); b++) {
      for (int head = 0; head < spec.kvHeads(); head++) {
        for (int key = 0; key < spec.keyLengths().get(b); key++) {
          if (seen[head].get(KeyRows.index(spec, b, key))) {
            fill(k, spec.keyRow(b, head, key), 'K', ofKeys, b, head, key, spec.headDim());
            fill(v, spec.valueRow(b, head, key), 'V', ofValues, b, head, key, spec.valueDim());
          }
        }
      }
    }
  }

  private void fill(
      float[] target, int at, char tensor, SplitMix64 random, int b, int h, int row, int columns) {
    for (int c = 0; c < columns; c++) {
      target[at + c] =
          fuzzCase.family().element(tensor, spec.types(), random, b, h, row, c, columns);
    }
  }

  /**
   * Rows of codes that no query sees. Their magnitude may not change a scale that visible rows
   * share, so the poison is a code: none that a number has, or the largest.
   */
  private void poisonCodes(float[] values, float[] scales, Layout layout, int columns) {
    ElementType type = spec.keyValueType();
    int slotRows = spec.keySlotRows();
    for (int slot = 0; slot < spec.keySlots(); slot++) {
      for (int head = 0; head < spec.kvHeads(); head++) {
        for (int row = 0; row < slotRows; row++) {
          if (seen[head].get(slot * slotRows + row)) {
            continue;
          }
          int scaleAt =
              (slot * spec.kvHeads() + head) * spec.scalesPerHead()
                  + row / ElementType.KEYS_PER_SCALE;
          if (Float.isNaN(scales[scaleAt]) && poison != PoisonKind.NAN) {
            scales[scaleAt] = poison == PoisonKind.ZERO ? 0 : HUGE_SCALE;
          }
          float code =
              switch (poison) {
                case NAN, INFINITE -> type == ElementType.I8 ? -128 : Float.NaN;
                case HUGE -> row % 2 == 0 ? type.largest() : -type.largest();
                case ZERO -> 0;
              };
          int at = (int) layout.row(slot, head, row);
          for (int c = 0; c < columns; c++) {
            values[at + c] = code * scales[scaleAt];
          }
        }
      }
    }
  }

  /** Where a kernel wrote what is not its output; empty where it did not. */
  static String writtenOutside(AttentionSpec spec, AttentionOutput output) {
    BitSet own = new BitSet(output.o().length);
    BitSet rows = new BitSet(output.lse().length);
    for (int b = 0; b < spec.batch(); b++) {
      for (int h = 0; h < spec.queryHeads(); h++) {
        for (int i = 0; i < spec.queryLengths().get(b); i++) {
          int at = spec.outputRow(b, h, i);
          own.set(at, at + spec.valueDim());
          rows.set(spec.lseIndex(b, h, i));
        }
      }
    }
    String ofO = written("O", output.o(), own);
    return ofO.isEmpty() ? written("LSE", output.lse(), rows) : ofO;
  }

  private static String written(String tensor, float[] values, BitSet own) {
    int count = 0;
    int first = -1;
    for (int at = own.nextClearBit(0); at < values.length; at = own.nextClearBit(at + 1)) {
      if (!Float.isNaN(values[at])) {
        first = count++ == 0 ? at : first;
      }
    }
    return count == 0
        ? ""
        : "%d elements of %s's buffer beside the output were written, the first at %d: %s"
            .formatted(count, tensor, first, values[first]);
  }
}
