package io.github.attn4j.opencl;

import io.github.attn4j.core.expression.SizeExpression;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Footprint;
import io.github.attn4j.core.kernel.StorageForms;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tiling;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.spec.AttentionSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * An attention kernel that a user brings: an OpenCL file, and a JSON descriptor that says what an
 * {@link OpenClKernel} constant would. It runs wherever those run, under the id {@code file:NAME},
 * and is held to the same checks. Both files are read once, so that a run is of one text.
 *
 * <p>What the descriptor promises and does not keep, a launch that is no multiple of its work-group
 * for some spec, is an {@link IllegalArgumentException} that names the field, wherever it shows.
 */
public final class GivenKernel implements OpenClVariant {
  /** Stands where the suite's kernels have their backend's id. */
  public static final String PREFIX = "file:";

  /** More than any device has, and no overflow in bytes. */
  private static final long MOST_SCRATCH = 1L << 50;

  /** Tunings that a descriptor's launches are tried with when it is read. */
  private static final int MOST_TRIED = 256;

  /** What its launches are tried for when it is read: sizes that divide nothing. */
  private static final List<AttentionSpec> TRIED =
      List.of(
          AttentionSpec.builder().heads(2).length(97).dim(64).build(),
          AttentionSpec.builder().batch(3).heads(4).lengths(1, 130).dim(40).build(),
          AttentionSpec.builder().heads(1).length(1024).dim(128).build());

  private static final DeviceInfo ANY_DEVICE =
      new DeviceInfo(
          OpenClBackend.ID,
          0,
          "any device",
          DeviceInfo.Kind.CPU,
          "",
          4,
          1L << 32,
          32 << 10,
          1024,
          List.of(),
          Map.of());

  private final Path file;
  private final ProgramOrigin.Given origin;
  private final KernelDescriptor descriptor;
  private final String digest;

  private GivenKernel(
      Path file, ProgramOrigin.Given origin, KernelDescriptor descriptor, String digest) {
    this.file = file;
    this.origin = origin;
    this.descriptor = descriptor;
    this.digest = digest;
  }

  /**
   * Reads both files.
   *
   * @param file OpenCL C; may include what lies beside it and the suite's headers
   * @param descriptor JSON, as docs/your-own-kernel.md describes it
   * @throws java.io.UncheckedIOException where a file cannot be read
   * @throws io.github.attn4j.core.input.InvalidFileException where the descriptor is no JSON, or
   *     the file includes what is not there
   * @throws IllegalArgumentException naming the field of the descriptor that makes no sense, by
   *     itself or for this file
   */
  public static GivenKernel read(Path file, Path descriptor) {
    String text = KernelSource.load(file);
    JsonNode tree = DescriptorReader.tree(descriptor);
    KernelDescriptor read = DescriptorReader.read(descriptor, tree);
    GivenText.of(KernelSource.text(file), text).requireFits(file.toString(), read);
    String digest = KernelSource.digestOf(text + "\n" + tree);
    GivenKernel kernel =
        new GivenKernel(file, new ProgramOrigin.Given(file.toString(), text), read, digest);
    TRIED.forEach(kernel::tryLaunches);
    return kernel;
  }

  /** A mistake that every run would meet is said before the first. */
  private void tryLaunches(AttentionSpec spec) {
    if (descriptor.features().takes(spec) instanceof Support.No) {
      return;
    }
    defaultTuning(spec, ANY_DEVICE);
    for (Tuning tuning : tunings()) {
      if (fits(spec, ANY_DEVICE, tuning) instanceof Support.Yes) {
        stages(spec, ANY_DEVICE, tuning);
        defines(spec, ANY_DEVICE, tuning);
      }
    }
  }

  /** Every combination of the parameters' values, or the first so many. */
  private List<Tuning> tunings() {
    List<Tuning> tunings = List.of(Tuning.NONE);
    for (TuningParameter parameter : tuningParameters()) {
      List<Tuning> more = new ArrayList<>();
      for (Tuning tuning : tunings) {
        parameter.values().forEach(value -> more.add(tuning.with(parameter.name(), value)));
      }
      tunings = more.subList(0, Math.min(MOST_TRIED, more.size()));
    }
    return tunings;
  }

  /** The kernel file. */
  public Path file() {
    return file;
  }

  /** The descriptor's file. */
  public Path descriptorFile() {
    return descriptor.path();
  }

  @Override
  public String name() {
    return descriptor.id();
  }

  @Override
  public String id() {
    return descriptor.id();
  }

  @Override
  public String backend() {
    return OpenClBackend.ID;
  }

  @Override
  public String globalId() {
    return PREFIX + descriptor.id();
  }

  @Override
  public StorageForms storageForms() {
    return descriptor.features().forms();
  }

  @Override
  public List<TuningParameter> tuningParameters() {
    return descriptor.tuning().stream().map(KernelDescriptor.Choice::parameter).toList();
  }

  @Override
  public Tuning defaultTuning(AttentionSpec spec, DeviceInfo device) {
    Map<String, Long> values = GivenNames.of(spec, device);
    Tuning tuning = Tuning.NONE;
    for (KernelDescriptor.Choice choice : descriptor.tuning()) {
      TuningParameter parameter = choice.parameter();
      long value = evaluated("the default of " + parameter.name(), choice.otherwise(), values);
      if (parameter.values().stream().noneMatch(one -> one == value)) {
        throw new IllegalArgumentException(
            "%s: the default of %s is %d for %s on %s, and may be one of %s"
                .formatted(
                    descriptor.path(),
                    parameter.name(),
                    value,
                    spec.label(),
                    device.name(),
                    parameter.values()));
      }
      tuning = tuning.with(parameter.name(), (int) value);
    }
    return tuning;
  }

  @Override
  public Support supports(AttentionSpec spec, DeviceInfo device) {
    if (descriptor.features().takes(spec) instanceof Support.No no) {
      return no;
    }
    return OpenClVariant.seesAsTheHost(spec, device) instanceof Support.No no
        ? no
        : admits(defaultTuning(spec, device), spec, device);
  }

  @Override
  public Support admits(Tuning tuning, AttentionSpec spec, DeviceInfo device) {
    if (OpenClVariant.super.admits(tuning, spec, device) instanceof Support.No no) {
      return no;
    }
    return OpenClVariant.ownTuningWhereDeterministic(this, tuning, spec, device)
            instanceof Support.No no
        ? no
        : fits(spec, device, tuning);
  }

  private Support fits(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    Map<String, Long> values = values(spec, device, tuning);
    for (KernelDescriptor.Requirement constraint : descriptor.constraints()) {
      if (!holds(constraint.condition(), values)) {
        return Support.no(
            "%s (its descriptor requires %s)"
                .formatted(constraint.because(), constraint.condition().text()));
      }
    }
    long localBytes = evaluated("localBytes", descriptor.localBytes(), values);
    if (localBytes > device.localBytes()) {
      return Support.no(
          "needs %d bytes of local memory; %s has %d"
              .formatted(localBytes, device.name(), device.localBytes()));
    }
    for (KernelDescriptor.Launch launch : descriptor.launches()) {
      long items = 1;
      for (SizeExpression size : launch.local()) {
        long along = Math.max(1, evaluated("local of " + launch.function(), size, values));
        items = along > Integer.MAX_VALUE / items ? Integer.MAX_VALUE : items * along;
      }
      if (items > device.largestWorkGroup()) {
        return Support.no(
            "needs work-groups of %d items; %s has at most %d"
                .formatted(items, device.name(), device.largestWorkGroup()));
      }
    }
    return Support.yes();
  }

  @Override
  public LaunchPlan plan(
      AttentionSpec spec, DeviceInfo device, Tuning tuning, SequenceWords sequences) {
    Map<String, Long> values = values(spec, device, tuning);
    long keyParts = evaluated("keyParts", descriptor.keyParts(), values);
    return new LaunchPlan(
        origin,
        LaunchPlan.options(defines(spec, device, tuning), spec, device, sequences),
        stages(spec, device, tuning),
        toInt("keyParts", keyParts));
  }

  private List<Stage> stages(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    Map<String, Long> values = values(spec, device, tuning);
    List<Stage> stages = new ArrayList<>();
    for (int index = 0; index < descriptor.launches().size(); index++) {
      KernelDescriptor.Launch launch = descriptor.launches().get(index);
      long[] global = new long[launch.global().size()];
      long[] local = new long[global.length];
      for (int dimension = 0; dimension < global.length; dimension++) {
        String place = "launches[%d].%s[%d]";
        String wholePlace = place.formatted(index, "global", dimension);
        String groupPlace = place.formatted(index, "local", dimension);
        global[dimension] = evaluated(wholePlace, launch.global().get(dimension), values);
        local[dimension] = evaluated(groupPlace, launch.local().get(dimension), values);
        requireWhole(
            wholePlace,
            global[dimension],
            groupPlace,
            local[dimension],
            launch.global().get(dimension),
            "%s%s"
                .formatted(
                    spec.label(), tuning.equals(Tuning.NONE) ? "" : " and " + tuning.label()));
      }
      stages.add(new Stage(launch.function(), global, local));
    }
    return stages;
  }

  private void requireWhole(
      String wholePlace,
      long global,
      String groupPlace,
      long local,
      SizeExpression written,
      String of) {
    if (local < 1 || global < 1) {
      throw new IllegalArgumentException(
          "%s: %s is %d for %s, and should be 1 or more"
              .formatted(
                  descriptor.path(),
                  local < 1 ? groupPlace : wholePlace,
                  local < 1 ? local : global,
                  of));
    }
    if (global % local != 0) {
      throw new IllegalArgumentException(
          "%s: %s is %d for %s, no multiple of %s, which is %d: round it up, as (%s + %d) / %d * %d does, and let the kernel leave what is past the end alone"
              .formatted(
                  descriptor.path(),
                  wholePlace,
                  global,
                  of,
                  groupPlace,
                  local,
                  written.text(),
                  local - 1,
                  local,
                  local));
    }
  }

  private Map<String, Integer> defines(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    Map<String, Long> values = values(spec, device, tuning);
    Map<String, Integer> defines = new TreeMap<>(tuning.values());
    for (String macro : descriptor.macros().keySet()) {
      defines.put(macro, toInt("macros." + macro, Objects.requireNonNull(values.get(macro))));
    }
    return defines;
  }

  /** What all names of its expressions stand for. */
  private Map<String, Long> values(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    Map<String, Long> values = new HashMap<>(GivenNames.of(spec, device));
    tuning.values().forEach((name, value) -> values.put(name, (long) value));
    descriptor
        .macros()
        .forEach((name, size) -> values.put(name, evaluated("macros." + name, size, values)));
    return values;
  }

  private long evaluated(String place, SizeExpression size, Map<String, Long> values) {
    try {
      return size.value(values);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s: %s cannot be counted: %s".formatted(descriptor.path(), place, e.getMessage()), e);
    }
  }

  private boolean holds(SizeExpression condition, Map<String, Long> values) {
    try {
      return condition.holds(values);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s: a constraint cannot be asked: %s".formatted(descriptor.path(), e.getMessage()), e);
    }
  }

  private int toInt(String place, long value) {
    if (value != (int) value) {
      throw new IllegalArgumentException(
          "%s: %s is %,d, which is no int of 32 bits".formatted(descriptor.path(), place, value));
    }
    return (int) value;
  }

  /** Of the text with what it includes, and of the descriptor: what a tuning was measured of. */
  @Override
  public String sourceDigest() {
    return digest;
  }

  @Override
  public Footprint footprint(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    long localBytes =
        evaluated("localBytes", descriptor.localBytes(), values(spec, device, tuning));
    return new InnerLoops(localBytes, 0, 0)
        .footprint(spec, stages(spec, device, tuning), tiling(spec, device, tuning));
  }

  @Override
  public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    KernelDescriptor.Tiles tiles = descriptor.tiles().orElse(null);
    if (tiles == null) {
      return Tiling.SKIPS_NOTHING;
    }
    Map<String, Long> values = values(spec, device, tuning);
    Tiling tiling =
        new Tiling(
            toInt("tiles.queries", evaluated("tiles.queries", tiles.queries(), values)),
            toInt("tiles.keys", evaluated("tiles.keys", tiles.keys(), values)));
    return tiles.alongBlockMap() ? tiling.alongBlockMap() : tiling;
  }

  @Override
  public long scratchBytes(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    long floats =
        evaluated("scratchFloats", descriptor.scratchFloats(), values(spec, device, tuning));
    if (floats < 0 || floats > MOST_SCRATCH) {
      throw new IllegalArgumentException(
          "%s: scratchFloats is %,d for %s, and should be 0 to %,d"
              .formatted(descriptor.path(), floats, spec.label(), MOST_SCRATCH));
    }
    return 4 * floats;
  }

  @Override
  public String scratchFormula() {
    String floats = descriptor.scratchFloats().text();
    return floats.equals("0") ? "0" : "4*(%s)".formatted(floats);
  }

  /** Which files it is of, and which version of them. */
  @Override
  public String toString() {
    return "%s is %s with %s, launching %s, digest %s"
        .formatted(
            globalId(),
            file,
            descriptor.path(),
            descriptor.launches().stream()
                .map(KernelDescriptor.Launch::function)
                .collect(Collectors.joining(", ")),
            digest);
  }
}
