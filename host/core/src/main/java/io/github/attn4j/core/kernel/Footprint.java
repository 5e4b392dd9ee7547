package io.github.attn4j.core.kernel;

/**
 * What a launch asks of a device, by the kernel's own formulas: what the tuner's cost model knows
 * of a tuning before anything runs.
 *
 * @param groups work-groups that the device shares out over its compute units, of the launch that
 *     has most work; 0 where unknown
 * @param groupBytes that one of them goes through again and again: private arrays or local memory
 * @param movedBytes of K and V that all of them ask of memory or a shared cache
 * @param loadsPerFma vectors that the products' inner loops read from caches or local memory for
 *     each that they multiply and add: above 1, loads and not arithmetic are what they wait for; 0
 *     where unknown
 * @param keyStep keys to which the last tile of a block of queries is cut down, where it is: it
 *     costs what is left of it; 0 where it costs a whole one
 */
public record Footprint(
    long groups, long groupBytes, long movedBytes, double loadsPerFma, int keyStep) {
  /** Nothing is known. */
  public static final Footprint UNKNOWN = new Footprint(0, 0, 0, 0, 0);
}
