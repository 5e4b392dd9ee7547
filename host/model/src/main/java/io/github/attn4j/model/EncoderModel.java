package io.github.attn4j.model;

import static io.github.attn4j.model.EncoderWeights.WIDE;
import static io.github.attn4j.model.LayerZeroWeights.HIDDEN;
import static io.github.attn4j.model.LayerZeroWeights.POSITIONS;
import static io.github.attn4j.model.LayerZeroWeights.VOCABULARY;

import io.github.attn4j.core.input.AttentionInputs;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.KernelVariant;
import io.github.attn4j.core.kernel.PreparedKernel;
import io.github.attn4j.core.kernel.Session;
import io.github.attn4j.core.kernel.StagedInputs;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.layer.Activation;
import io.github.attn4j.core.layer.AttentionTensors;
import io.github.attn4j.core.layer.DeviceIndices;
import io.github.attn4j.core.layer.DeviceTensor;
import io.github.attn4j.core.layer.EmbeddingTables;
import io.github.attn4j.core.layer.Layers;
import io.github.attn4j.core.layer.MatMulWeights;
import io.github.attn4j.core.layer.Norm;
import io.github.attn4j.core.spec.AttentionSpec;
import io.github.attn4j.core.spec.Layout;
import io.github.attn4j.core.spec.Mask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * all-MiniLM-L6-v2 end to end on an open device: token ids to last hidden state to the text's
 * embedding (Devlin et al. 2018, "BERT"; Wang et al. 2020, "MiniLM"; Reimers and Gurevych 2019,
 * "Sentence-BERT"). Weights and tokenizer come from the Maven artifact, as for {@link
 * ModelCapture}; attention is any kernel of the session's backend.
 *
 * <p>Activations stay on the device: one product makes Q, K and V side by side, [batch, tokens, 3 *
 * 384]; attention reads its heads there by strides and writes O as [batch, tokens, 384], which the
 * output projection reads. Shorter texts of a batch are told from padding by their key lengths.
 *
 * <p>Lives as long as the session at most; one thread at a time, as the session. Holds 90 MB of
 * parameters on the device, and room for the largest batch so far.
 */
public final class EncoderModel implements AutoCloseable {
  /** Layers of the model. */
  public static final int LAYERS = EncoderWeights.LAYERS;

  /** Heads of each. */
  public static final int HEADS = LayerZero.HEADS;

  /** Elements of a head. */
  public static final int HEAD_DIM = LayerZero.HEAD_DIM;

  /** Elements of a position's hidden state, and of an embedding. */
  public static final int WIDTH = HIDDEN;

  /** The most tokens of a text, [CLS] and [SEP] included. */
  public static final int LONGEST = POSITIONS;

  private static final int PROJECTED = 3 * HIDDEN;

  private final Session session;
  private final Layers layers;
  private final KernelVariant attention;
  private final WordPieceTokenizer tokenizer;
  private final List<AutoCloseable> parameters = new ArrayList<>();
  private final EmbeddingTables tables;
  private final Norm embeddingNorm;
  private final List<Layer> stack = new ArrayList<>();
  private @Nullable Workspace workspace;

  /** A layer's parameters on the device. */
  private record Layer(
      MatMulWeights projections,
      MatMulWeights output,
      Norm attentionNorm,
      MatMulWeights widen,
      MatMulWeights narrow,
      Norm outputNorm) {}

  private EncoderModel(
      Session session, KernelVariant attention, EncoderWeights weights, WordPieceTokenizer words) {
    this.session = session;
    this.attention = attention;
    this.tokenizer = words;
    boolean complete = false;
    try {
      layers = session.layers();
      tables =
          new EmbeddingTables(
              HIDDEN,
              tensor("word embeddings", weights.words()),
              tensor("position embeddings", weights.positions()),
              tensor("type embeddings", weights.types()));
      embeddingNorm = norm("the embedding", weights.norm());
      for (EncoderWeights.Layer layer : weights.layers()) {
        String name = "layer " + stack.size();
        stack.add(
            new Layer(
                matrix(name + " projections", HIDDEN, PROJECTED, layer.projections()),
                matrix(name + " output", HIDDEN, HIDDEN, layer.output()),
                norm(name + " attention", layer.attentionNorm()),
                matrix(name + " widening", HIDDEN, WIDE, layer.widen()),
                matrix(name + " narrowing", WIDE, HIDDEN, layer.narrow()),
                norm(name + " output", layer.outputNorm())));
      }
      complete = true;
    } finally {
      if (!complete) {
        closeParameters(); // nobody else can: there is no model yet
        words.close();
      }
    }
  }

  /**
   * Reads weights and tokenizer from the class path and puts the parameters on the device.
   *
   * @param session open, of a backend that has layers
   * @param attention a kernel of its backend; what it does not support shows in {@link #encode}
   * @throws ModelLoadException if a resource is missing or not the model that attn4j knows, or the
   *     tokenizer's native library does not run on this platform
   * @throws UnsupportedOperationException where the backend has no layers
   * @throws io.github.attn4j.core.kernel.BackendException.OutOfMemory if the parameters do not fit
   */
  public static EncoderModel load(Session session, KernelVariant attention) {
    EncoderFiles files = EncoderFiles.read(EncoderModel.class.getClassLoader());
    return new EncoderModel(session, attention, files.weights(), files.words());
  }

  /** Whether a kernel can compute the model's attention, under a mask or none. */
  public static Support supported(KernelVariant attention, DeviceInfo device, Mask mask) {
    AttentionSpec shortest = Batch.of(List.of(new int[1])).spec();
    return attention.supports(shortest.toBuilder().mask(mask).build(), device);
  }

  private DeviceTensor tensor(String name, float[] values) {
    return kept(layers.upload(name, values));
  }

  private Norm norm(String name, EncoderWeights.Normalisation norm) {
    return new Norm(
        HIDDEN,
        tensor(name + " gamma", norm.gamma()),
        tensor(name + " beta", norm.beta()),
        (float) LayerZero.EPSILON);
  }

  private MatMulWeights matrix(
      String name, int inputs, int outputs, LayerZeroWeights.Projection projection) {
    return kept(layers.weights(name, inputs, outputs, projection.weight(), projection.bias()));
  }

  private <T extends AutoCloseable> T kept(T parameter) {
    parameters.add(parameter);
    return parameter;
  }

  /**
   * The token ids of a text, [CLS] first, [SEP] last.
   *
   * @throws IllegalArgumentException if there are more than {@value #LONGEST}
   */
  public int[] tokenize(String text) {
    int[] ids = tokenizer.encodeSentence(text);
    requireLength(ids);
    return ids;
  }

  /** The tokens behind {@link #tokenize}, as the vocabulary writes them. */
  public List<String> tokens(String text) {
    return tokenizer.tokensOfSentence(text);
  }

  /** The word vectors of token ids before positions are added, [ids, {@value #WIDTH}]. */
  float[] wordVectors(int[] ids) {
    float[] vectors = new float[ids.length * HIDDEN];
    float[] vector = new float[HIDDEN];
    for (int token = 0; token < ids.length; token++) {
      tables.words().read(ids[token] * HIDDEN, vector);
      System.arraycopy(vector, 0, vectors, token * HIDDEN, HIDDEN);
    }
    return vectors;
  }

  /** How many token ids a text has, [CLS] and [SEP] included, however many the model reads. */
  public int count(String text) {
    return tokenizer.encodeSentence(text).length;
  }

  /** The token ids of a text, [CLS] and [SEP] included, however many the model reads. */
  List<Integer> ids(String text) {
    return Arrays.stream(tokenizer.encodeSentence(text)).boxed().toList();
  }

  /** Encodes texts in one batch; as {@link #encode(List, EncoderTap)} of their tokens. */
  public EncoderOutput encodeTexts(List<String> texts) {
    return encode(texts.stream().map(this::tokenize).toList(), EncoderTap.NONE);
  }

  /** Encodes a batch as the model was trained: every token sees all of its text. */
  public EncoderOutput encode(List<int[]> ids, EncoderTap tap) {
    return encode(ids, Mask.none(), tap);
  }

  /**
   * Encodes a batch.
   *
   * @param ids of each text, 1 to {@value #LONGEST} tokens; of different lengths as they come
   * @param mask of every layer's attention, over the longest text's tokens; the model knows none
   * @param tap looks on
   * @throws IllegalArgumentException if a text or the batch is empty, a text is too long, an id is
   *     none of the vocabulary's, or the attention kernel does not support the shape
   * @throws io.github.attn4j.core.kernel.BackendException as the session's calls do
   */
  public EncoderOutput encode(List<int[]> ids, Mask mask, EncoderTap tap) {
    Batch batch = Batch.of(ids);
    Workspace space = workspace(batch.rows());
    embed(batch, space);
    tap.embedded(space.hidden());
    AttentionSpec spec = batch.spec().toBuilder().mask(mask).build();
    try (StagedInputs staged = session.stage(spec, space.attention());
        PreparedKernel kernel = session.prepare(attention, staged)) {
      for (int layer = 0; layer < LAYERS; layer++) {
        run(stack.get(layer), layer, batch.rows(), space, staged, kernel, tap);
        tap.finished(layer, space.hidden());
      }
    }
    float[] hidden = space.hidden().read(batch.rows() * HIDDEN);
    return new EncoderOutput(List.copyOf(ids), batch.longest(), HIDDEN, hidden);
  }

  /**
   * Queries, keys and values of one layer's attention over one text, as every backend's own
   * attention takes them.
   *
   * @param layer 0 to {@value #LAYERS} - 1
   * @param ids 1 to {@value #LONGEST} tokens
   * @throws IllegalArgumentException if there is no such layer, or as {@link #encode}
   */
  public CapturedProjections projections(int layer, int[] ids) {
    if (layer < 0 || layer >= LAYERS) {
      throw new IllegalArgumentException(
          "there is no layer %d: all-MiniLM-L6-v2 has 0 to %d".formatted(layer, LAYERS - 1));
    }
    Batch batch = Batch.of(List.of(ids));
    Workspace space = workspace(batch.rows());
    embed(batch, space);
    try (StagedInputs staged = session.stage(batch.spec(), space.attention());
        PreparedKernel kernel = session.prepare(attention, staged)) {
      for (int before = 0; before < layer; before++) {
        run(stack.get(before), before, batch.rows(), space, staged, kernel, EncoderTap.NONE);
      }
      project(stack.get(layer), batch.rows(), space);
      return contiguous(staged, ids.length);
    }
  }

  /** Q, K and V of a batch's first text, read back from where they lie. */
  static CapturedProjections contiguous(StagedInputs staged, int tokens) {
    AttentionInputs inputs = staged.inputs();
    AttentionSpec spec = inputs.spec();
    return new CapturedProjections(
        HEADS,
        tokens,
        HEAD_DIM,
        contiguous(inputs.q(), spec.q(), tokens),
        contiguous(inputs.k(), spec.k(), tokens),
        contiguous(inputs.v(), spec.v(), tokens));
  }

  private static float[] contiguous(float[] tensor, Layout layout, int tokens) {
    float[] rows = new float[HEADS * tokens * HEAD_DIM];
    for (int head = 0; head < HEADS; head++) {
      for (int token = 0; token < tokens; token++) {
        int from = AttentionInputs.rowIndex(layout, 0, head, token);
        System.arraycopy(tensor, from, rows, (head * tokens + token) * HEAD_DIM, HEAD_DIM);
      }
    }
    return rows;
  }

  private void embed(Batch batch, Workspace space) {
    space.words().write(batch.paddedIds());
    space.positions().write(batch.positions());
    space.types().write(new int[batch.rows()]); // one text is one segment
    layers.embed(
        tables, space.words(), space.positions(), space.types(), batch.rows(), space.hidden());
    layers.layerNorm(space.hidden(), null, batch.rows(), embeddingNorm, null, space.hidden());
  }

  private void project(Layer layer, int rows, Workspace space) {
    layers.matMul(space.hidden(), rows, layer.projections(), Activation.NONE, space.projected());
  }

  private void run(
      Layer layer,
      int number,
      int rows,
      Workspace space,
      StagedInputs staged,
      PreparedKernel kernel,
      EncoderTap tap) {
    DeviceTensor hidden = space.hidden();
    project(layer, rows, space);
    long nanos = kernel.run();
    tap.attended(number, staged, kernel, nanos);
    layers.matMul(space.attended(), rows, layer.output(), Activation.NONE, space.narrow());
    layers.layerNorm(space.narrow(), hidden, rows, layer.attentionNorm(), null, hidden);
    layers.matMul(hidden, rows, layer.widen(), Activation.GELU, space.wide());
    layers.matMul(space.wide(), rows, layer.narrow(), Activation.NONE, space.narrow());
    layers.layerNorm(space.narrow(), hidden, rows, layer.outputNorm(), null, hidden);
  }

  private static void requireLength(int[] ids) {
    if (ids.length < 1 || ids.length > LONGEST) {
      throw new IllegalArgumentException(
          "a text of %,d tokens, [CLS] and [SEP] included, is none that the model reads: split it, 1 to %d at a time"
              .formatted(ids.length, LONGEST));
    }
  }

  /**
   * Texts as rows of one matrix, each padded to the longest.
   *
   * @param ids of each
   * @param longest tokens of the longest
   */
  private record Batch(List<int[]> ids, int longest) {
    static Batch of(List<int[]> ids) {
      if (ids.isEmpty()) {
        throw new IllegalArgumentException("a batch has no text: give it one at least");
      }
      for (int[] text : ids) {
        requireLength(text);
        for (int id : text) {
          if (id < 0 || id >= VOCABULARY) {
            throw new IllegalArgumentException(
                "token id %d is none of the vocabulary's, 0 to %d".formatted(id, VOCABULARY - 1));
          }
        }
      }
      return new Batch(ids, ids.stream().mapToInt(text -> text.length).max().orElseThrow());
    }

    int rows() {
      return Math.multiplyExact(ids.size(), longest);
    }

    int[] paddedIds() {
      int[] padded = new int[rows()]; // 0 is [PAD]
      for (int text = 0; text < ids.size(); text++) {
        System.arraycopy(ids.get(text), 0, padded, text * longest, ids.get(text).length);
      }
      return padded;
    }

    int[] positions() {
      int[] positions = new int[rows()];
      Arrays.setAll(positions, row -> row % longest);
      return positions;
    }

    /** Heads by strides: Q, K and V side by side in a row of the projections' product. */
    AttentionSpec spec() {
      return AttentionSpec.builder()
          .batch(ids.size())
          .heads(HEADS)
          .length(longest)
          .dim(HEAD_DIM)
          .keyLengths(ids.stream().map(text -> text.length).toList())
          .layouts(part(0), part(1), part(2), Layout.bshd(HEADS, longest, HEAD_DIM))
          .build();
    }

    private Layout part(int number) {
      return new Layout((long) number * HIDDEN, (long) longest * PROJECTED, HEAD_DIM, PROJECTED);
    }
  }

  private Workspace workspace(int rows) {
    Workspace present = workspace;
    if (present == null || present.rows() < rows) {
      if (present != null) {
        workspace = null;
        present.close();
      }
      present = Workspace.of(layers, rows);
      workspace = present;
    }
    return present;
  }

  /** Activations of a batch. */
  private record Workspace(
      int rows,
      DeviceIndices words,
      DeviceIndices positions,
      DeviceIndices types,
      DeviceTensor hidden,
      DeviceTensor projected,
      DeviceTensor attended,
      DeviceTensor narrow,
      DeviceTensor wide)
      implements AutoCloseable {
    static Workspace of(Layers layers, int rows) {
      List<Runnable> made = new ArrayList<>();
      boolean complete = false;
      try {
        DeviceIndices words = layers.allocateIndices("token ids", rows);
        made.add(words::close);
        DeviceIndices positions = layers.allocateIndices("positions", rows);
        made.add(positions::close);
        DeviceIndices types = layers.allocateIndices("token types", rows);
        made.add(types::close);
        DeviceTensor hidden = made(made, layers, "the hidden state", rows, HIDDEN);
        DeviceTensor projected = made(made, layers, "Q, K and V", rows, PROJECTED);
        DeviceTensor attended = made(made, layers, "O", rows, HIDDEN);
        DeviceTensor narrow = made(made, layers, "what is added to the hidden state", rows, HIDDEN);
        DeviceTensor wide = made(made, layers, "the feed-forward layer", rows, WIDE);
        complete = true;
        return new Workspace(
            rows, words, positions, types, hidden, projected, attended, narrow, wide);
      } finally {
        if (!complete) {
          made.forEach(Runnable::run); // a smaller batch may have room
        }
      }
    }

    private static DeviceTensor made(
        List<Runnable> made, Layers layers, String name, int rows, int width) {
      DeviceTensor tensor = layers.allocate(name, Math.multiplyExact(rows, width));
      made.add(tensor::close);
      return tensor;
    }

    AttentionTensors attention() {
      return new AttentionTensors(projected, projected, projected, attended);
    }

    @Override
    public void close() {
      words.close();
      positions.close();
      types.close();
      hidden.close();
      projected.close();
      attended.close();
      narrow.close();
      wide.close();
    }
  }

  /** Frees parameters and activations; the session stays open. */
  @Override
  public void close() {
    if (workspace != null) {
      workspace.close();
      workspace = null;
    }
    closeParameters();
    tokenizer.close();
  }

  private void closeParameters() {
    for (AutoCloseable parameter : parameters) {
      switch (parameter) {
        case DeviceTensor tensor -> tensor.close();
        case MatMulWeights weights -> weights.close();
        default -> throw new IllegalStateException("unknown parameter " + parameter);
      }
    }
    parameters.clear();
  }
}
