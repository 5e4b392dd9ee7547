package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.CanonicalMask;
import io.github.attn4j.core.spec.DenseMask;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.RowPlacement;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;

/**
 * The Java twin of {@code attention_params} in kernels/opencl/attention_params.clh: the one struct
 * that every attention kernel takes by value. Fields stand in the order of the C struct, 8-byte
 * ones first, so that no compiler pads between them; a test compares every offset with what the
 * device's compiler says.
 */
final class AttentionParams {
  /** ATTENTION_PARAMS_VERSION. */
  static final int VERSION = 4;

  /** Of every attention kernel: the tensors, the mask, sequences, scratch, and this struct. */
  static final int ARGUMENTS = 9;

  private static final int MASK_NONE = 0;
  private static final int MASK_BOOLEAN = 1;
  private static final int MASK_ADDITIVE = 2;

  /**
   * One field and its place.
   *
   * @param name as in C
   * @param offset bytes from the struct's start
   */
  record Field(String name, int offset) {}

  private final ByteBuffer bytes = ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());
  private final List<Field> fields = new ArrayList<>();

  private AttentionParams(AttentionSpec spec, SequenceWords words, int keyParts) {
    CanonicalMask mask = spec.canonicalMask();
    DenseMask dense = mask.dense();
    putLayout("q", placed(spec.q(), spec.queryPlacement()));
    putLayout("k", placed(spec.k(), spec.keyPlacement()));
    putLayout("v", placed(spec.v(), spec.keyPlacement()));
    putLayout("o", placed(spec.o(), spec.queryPlacement()));
    putLayout("mask", dense == null ? new Layout(0, 0, 0, 0) : dense.layout());
    boolean scaled = spec.keyValueType().scaled();
    putLong("k_scales", scaled ? ScaledCodes.firstScale(spec.keyElements()) : -1);
    putLong("v_scales", scaled ? ScaledCodes.firstScale(spec.valueElements()) : -1);
    putInt("version", VERSION);
    int structBytesAt = bytes.position();
    putInt("struct_bytes", 0);
    putInt("batch", spec.batch());
    putInt("query_heads", spec.queryHeads());
    putInt("kv_heads", spec.kvHeads());
    putInt("query_len", spec.queryLength());
    putInt("kv_len", spec.kvLength());
    putInt("head_dim", spec.headDim());
    putInt("value_dim", spec.valueDim());
    putInt("mask_kind", kind(dense));
    putInt("window_left", mask.left());
    putInt("window_right", mask.right());
    putInt("expression_words", words.expressionWords());
    putInt("block_map", words.blockMapWords());
    putInt("key_parts", keyParts);
    putInt("sequence_rows", words.sequenceRows());
    putInt(
        "page_shift",
        spec.keyPlacement() instanceof RowPlacement.Paged pages ? pages.pageShift() : 0);
    putInt("slot_rows", spec.keySlotRows());
    putInt("part_keys", KeySplit.partKeys(spec));
    putFloat("scale", spec.scale());
    putFloat("soft_cap", spec.softCap());
    int size = (bytes.position() + 7) / 8 * 8; // C rounds a struct up to its widest member
    bytes.putInt(structBytesAt, size);
    bytes.limit(size);
  }

  /**
   * The struct's bytes.
   *
   * @param words what the argument {@code sequences} holds
   * @param keyParts parts that a kernel splits the keys into; 1 for those that do not
   */
  static byte[] encode(AttentionSpec spec, SequenceWords words, int keyParts) {
    ByteBuffer encoded = new AttentionParams(spec, words, keyParts).bytes;
    byte[] struct = new byte[encoded.limit()];
    encoded.get(0, struct);
    return struct;
  }

  /**
   * Refuses a kernel that takes more or fewer arguments.
   *
   * @throws BackendException.BuildFailed naming the function and its file
   */
  static void requireArguments(cl_kernel kernel, String name, ProgramOrigin origin) {
    int[] count = new int[1];
    CL.clGetKernelInfo(kernel, CL.CL_KERNEL_NUM_ARGS, Sizeof.cl_uint, Pointer.to(count), null);
    if (count[0] != ARGUMENTS) {
      throw new BackendException.BuildFailed(
          "%s of %s takes %d arguments, and every attention kernel takes the same %d, used or not: q, k, v, o, lse, mask, sequences, scratch, params (attention_params.clh; docs/your-own-kernel.md)"
              .formatted(name, origin.shown(), count[0], ARGUMENTS));
    }
  }

  /** Every field with its place, in order. */
  static List<Field> fields() {
    AttentionSpec any = AttentionSpec.builder().build();
    return List.copyOf(new AttentionParams(any, SequenceWords.of(any), 1).fields);
  }

  /** Packed sequences all lie in slot 0: a stride of 0 leads there from any of them. */
  private static Layout placed(Layout layout, RowPlacement placement) {
    return placement instanceof RowPlacement.Packed
        ? new Layout(layout.offset(), 0, layout.headStride(), layout.rowStride())
        : layout;
  }

  private static int kind(@org.jspecify.annotations.Nullable DenseMask dense) {
    if (dense == null) {
      return MASK_NONE;
    }
    return dense.isAdditive() ? MASK_ADDITIVE : MASK_BOOLEAN;
  }

  private void putLayout(String tensor, Layout layout) {
    putLong(tensor + "_offset", layout.offset());
    putLong(tensor + "_batch_stride", layout.batchStride());
    putLong(tensor + "_head_stride", layout.headStride());
    putLong(tensor + "_row_stride", layout.rowStride());
  }

  private void putLong(String name, long value) {
    fields.add(new Field(name, bytes.position()));
    bytes.putLong(value);
  }

  private void putInt(String name, int value) {
    fields.add(new Field(name, bytes.position()));
    bytes.putInt(value);
  }

  private void putFloat(String name, float value) {
    fields.add(new Field(name, bytes.position()));
    bytes.putFloat(value);
  }
}
