package io.github.attn4j.opencl;

import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.spec.AttentionSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The names that a descriptor's expressions may use besides its own macros: sizes of the spec, as
 * {@code attention_params} calls them, and of the device.
 */
final class GivenNames {
  /** In the order in which docs/your-own-kernel.md lists them. */
  static final List<String> ALL =
      List.of(
          "batch",
          "query_heads",
          "kv_heads",
          "query_len",
          "kv_len",
          "head_dim",
          "value_dim",
          "compute_units",
          "largest_work_group",
          "device_local_bytes",
          "is_cpu");

  private GivenNames() {}

  /** Their values. */
  static Map<String, Long> of(AttentionSpec spec, DeviceInfo device) {
    Map<String, Long> values = new LinkedHashMap<>();
    values.put("batch", (long) spec.batch());
    values.put("query_heads", (long) spec.queryHeads());
    values.put("kv_heads", (long) spec.kvHeads());
    values.put("query_len", (long) spec.queryLength());
    values.put("kv_len", (long) spec.kvLength());
    values.put("head_dim", (long) spec.headDim());
    values.put("value_dim", (long) spec.valueDim());
    values.put("compute_units", (long) device.computeUnits());
    values.put("largest_work_group", (long) device.largestWorkGroup());
    values.put("device_local_bytes", device.localBytes());
    values.put("is_cpu", device.kind() == DeviceInfo.Kind.CPU ? 1L : 0L);
    return values;
  }
}
