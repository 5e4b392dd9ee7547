package io.github.attn4j.opencl;

import io.github.attn4j.core.expression.SizeExpression;
import io.github.attn4j.core.input.InvalidFileException;
import io.github.attn4j.core.kernel.BackendException;
import io.github.attn4j.core.kernel.DeviceInfo;
import io.github.attn4j.core.kernel.Footprint;
import io.github.attn4j.core.kernel.ShellWord;
import io.github.attn4j.core.kernel.StorageForms;
import io.github.attn4j.core.kernel.Support;
import io.github.attn4j.core.kernel.Tiling;
import io.github.attn4j.core.kernel.Tuning;
import io.github.attn4j.core.kernel.TuningParameter;
import io.github.attn4j.core.spec.AttentionSpec;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  private static final long MOST_MEMORY = 1L << 50;

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
   * @throws UncheckedIOException where a file cannot be read
   * @throws InvalidFileException where the descriptor is no JSON, or the file includes what is not
   *     there
   * @throws IllegalArgumentException naming the field of the descriptor that makes no sense, by
   *     itself or for this file
   */
  public static GivenKernel read(Path file, Path descriptor) {
    String text = KernelSource.load(file);
    JsonNode tree = DescriptorReader.tree(descriptor);
    KernelDescriptor read = DescriptorReader.read(descriptor, tree);
    GivenText.of(KernelSource.text(file), text).requireFits(file.toString(), read);
    String digest = KernelSource.digestOf(text, tree.toString());
    GivenKernel kernel =
        new GivenKernel(file, new ProgramOrigin.Given(file.toString(), text), read, digest);
    TRIED.forEach(kernel::tryLaunches);
    return kernel;
  }

  /**
   * Reads both files in another process than the one that read them first.
   *
   * @param digest of what was read there
   * @throws BackendException.LaunchFailed where they are no longer that: what was saved in the
   *     meantime is another kernel, and has no place in this run's report
   */
  public static GivenKernel readAgain(Path file, Path descriptor, String digest) {
    GivenKernel kernel;
    try {
      kernel = read(file, descriptor);
    } catch (UncheckedIOException | InvalidFileException | IllegalArgumentException e) {
      throw changed(file, descriptor, String.valueOf(e.getMessage()));
    }
    if (!kernel.digest.equals(digest)) {
      throw changed(file, descriptor, "they have another digest");
    }
    return kernel;
  }

  private static BackendException.LaunchFailed changed(Path file, Path descriptor, String how) {
    return new BackendException.LaunchFailed(
        "%s or %s has changed since the run began (%s): leave them alone while it runs, and start it again"
            .formatted(file, descriptor, how));
  }

  /** A mistake that every run would meet is said before the first. */
  private void tryLaunches(AttentionSpec spec) {
    if (descriptor.features().takes(spec) instanceof Support.No
        || fitsBeforeTuning(spec, ANY_DEVICE) instanceof Support.No) {
      return;
    }
    defaultTuning(spec, ANY_DEVICE);
    for (Tuning tuning : tunings()) {
      if (fits(spec, ANY_DEVICE, tuning) instanceof Support.Yes) {
        stages(spec, ANY_DEVICE, tuning);
        defines(spec, ANY_DEVICE, tuning);
        keyParts(spec, ANY_DEVICE, tuning);
        scratchBytes(spec, ANY_DEVICE, tuning);
        tiling(spec, ANY_DEVICE, tuning);
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

  /** The descriptor too: it may have any name. */
  @Override
  public String options() {
    return "--kernel-file %s --kernel-descriptor %s"
        .formatted(
            ShellWord.quoted(file.toString()), ShellWord.quoted(descriptor.path().toString()));
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
    GivenValues values = values(spec, device, Tuning.NONE);
    Tuning tuning = Tuning.NONE;
    for (KernelDescriptor.Choice choice : descriptor.tuning()) {
      TuningParameter parameter = choice.parameter();
      long value = values.count("the default of " + parameter.name(), choice.otherwise());
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
    if (OpenClVariant.seesAsTheHost(spec, device) instanceof Support.No no) {
      return no;
    }
    // A default may make sense only where a constraint holds.
    return fitsBeforeTuning(spec, device) instanceof Support.No no
        ? no
        : admits(defaultTuning(spec, device), spec, device);
  }

  @Override
  public Support admits(Tuning tuning, AttentionSpec spec, DeviceInfo device) {
    if (OpenClVariant.super.admits(tuning, spec, device) instanceof Support.No no) {
      return no;
    }
    return fits(spec, device, tuning) instanceof Support.No no
        ? no
        : OpenClVariant.ownTuningWhereDeterministic(this, tuning, spec, device);
  }

  /** Whether those constraints hold that no choice decides. */
  private Support fitsBeforeTuning(AttentionSpec spec, DeviceInfo device) {
    return holding(descriptor.constraintsBeforeTuning(), values(spec, device, Tuning.NONE));
  }

  private static Support holding(
      List<KernelDescriptor.Requirement> constraints, GivenValues values) {
    for (KernelDescriptor.Requirement constraint : constraints) {
      if (!values.holds(constraint.condition())) {
        return Support.no(
            "%s (its descriptor requires %s)"
                .formatted(constraint.because(), constraint.condition().text()));
      }
    }
    return Support.yes();
  }

  /** Constraints first: sizes and macros may make sense only where they hold. */
  private Support fits(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    GivenValues values = values(spec, device, tuning);
    if (holding(descriptor.constraints(), values) instanceof Support.No no) {
      return no;
    }
    long localBytes = localBytes(values);
    if (localBytes > device.localBytes()) {
      return Support.no(
          "needs %d bytes of local memory; %s has %d"
              .formatted(localBytes, device.name(), device.localBytes()));
    }
    for (KernelDescriptor.Launch launch : descriptor.launches()) {
      long items = 1;
      for (SizeExpression size : launch.local()) {
        long along = Math.max(1, values.count("local of " + launch.function(), size));
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
    return new LaunchPlan(
        origin,
        LaunchPlan.options(defines(spec, device, tuning), spec, device, sequences),
        stages(spec, device, tuning),
        keyParts(spec, device, tuning));
  }

  private int keyParts(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return (int)
        values(spec, device, tuning).count("keyParts", descriptor.keyParts(), 1, Integer.MAX_VALUE);
  }

  private long localBytes(GivenValues values) {
    return values.count("localBytes", descriptor.localBytes(), 0, MOST_MEMORY);
  }

  private List<Stage> stages(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    GivenValues values = values(spec, device, tuning);
    List<Stage> stages = new ArrayList<>();
    for (int index = 0; index < descriptor.launches().size(); index++) {
      KernelDescriptor.Launch launch = descriptor.launches().get(index);
      long[] global = new long[launch.global().size()];
      long[] local = new long[global.length];
      for (int dimension = 0; dimension < global.length; dimension++) {
        String place = "launches[%d].%s[%d]";
        String wholePlace = place.formatted(index, "global", dimension);
        String groupPlace = place.formatted(index, "local", dimension);
        global[dimension] = values.count(wholePlace, launch.global().get(dimension));
        local[dimension] = values.count(groupPlace, launch.local().get(dimension));
        requireWhole(
            wholePlace,
            global[dimension],
            groupPlace,
            local[dimension],
            launch.global().get(dimension),
            values.of());
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
    GivenValues values = values(spec, device, tuning);
    Map<String, Integer> defines = new TreeMap<>(tuning.values());
    for (String macro : descriptor.macros().keySet()) {
      defines.put(macro, toInt("macros." + macro, values.named(macro)));
    }
    return defines;
  }

  private GivenValues values(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return new GivenValues(descriptor, spec, device, tuning);
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
    return new InnerLoops(localBytes(values(spec, device, tuning)), 0, 0)
        .footprint(spec, stages(spec, device, tuning), tiling(spec, device, tuning));
  }

  @Override
  public Tiling tiling(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    KernelDescriptor.Tiles tiles = descriptor.tiles().orElse(null);
    if (tiles == null) {
      return Tiling.SKIPS_NOTHING;
    }
    GivenValues values = values(spec, device, tuning);
    Tiling tiling =
        new Tiling(
            (int) values.count("tiles.queries", tiles.queries(), 1, Integer.MAX_VALUE),
            (int) values.count("tiles.keys", tiles.keys(), 1, Integer.MAX_VALUE));
    return tiles.alongBlockMap() ? tiling.alongBlockMap() : tiling;
  }

  @Override
  public long scratchBytes(AttentionSpec spec, DeviceInfo device, Tuning tuning) {
    return 4
        * values(spec, device, tuning)
            .count("scratchFloats", descriptor.scratchFloats(), 0, MOST_MEMORY);
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
