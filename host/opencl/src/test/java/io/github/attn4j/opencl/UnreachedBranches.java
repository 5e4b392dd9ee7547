package io.github.attn4j.opencl;

import java.util.Map;
import java.util.TreeMap;

/**
 * Branches that no case of the sanitizer's grid takes, each with the reason; {@link
 * BranchCoverageTest} requires that these are all, and that none of them is taken after all.
 */
final class UnreachedBranches {
  private static final String CONSTANT = "a constant of the program";

  private UnreachedBranches() {}

  /** From a branch of a file below kernels/opencl to why it is not taken. */
  static Map<String, String> of(String file) {
    return new TreeMap<>(
        switch (file) {
          default -> Map.<String, String>of();
        });
  }
}
