package io.github.attn4j.model;

import java.nio.file.Path;

/**
 * Where a model's queries, keys and values come from: the model itself ({@link ModelCapture}), or,
 * in a copy of the suite that was packed without its 80 MB, a file of what it gave ({@link
 * CapturedFile}). Both give the same bits.
 */
public sealed interface ModelInputs permits ModelCapture, CapturedFile {
  /** System property with the file that stands in where the model is not on the class path. */
  String CAPTURE_PROPERTY = "attn.model.capture";

  /**
   * The queries, keys and values of a context.
   *
   * @param tokens positions, special tokens included, at least 1
   * @return fresh arrays of 12 * tokens * 32 elements each
   * @throws IllegalArgumentException if no model input has so many or so few
   * @throws ModelLoadException if the stand-in holds fewer than the model could give
   */
  CapturedProjections capture(int tokens);

  /**
   * The model if it is on the class path, otherwise the file that {@link #CAPTURE_PROPERTY} names.
   *
   * @throws ModelLoadException if there is neither, or what there is cannot be read
   */
  static ModelInputs load() {
    return load(ModelInputs.class.getClassLoader());
  }

  /** As {@link #load()}, with the model's resources from this loader. */
  static ModelInputs load(ClassLoader resources) {
    String file = System.getProperty(CAPTURE_PROPERTY);
    return file == null || resources.getResource(ModelCapture.ONNX_RESOURCE) != null
        ? ModelCapture.load(resources)
        : CapturedFile.read(Path.of(file));
  }
}
