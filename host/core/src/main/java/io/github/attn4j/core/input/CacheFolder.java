package io.github.attn4j.core.input;

import java.nio.file.Path;

/** Where what is costly to make is kept from run to run: the user's cache folder. */
public final class CacheFolder {
  private CacheFolder() {}

  /**
   * The folder {@code ATTN_CACHE_DIR}, for all kinds; without it the kind's own in {@code attn4j}
   * under {@code XDG_CACHE_HOME} or {@code ~/.cache}. Need not exist.
   *
   * @param kind of what is kept, a folder's name
   */
  public static Path of(String kind) {
    String chosen = System.getenv("ATTN_CACHE_DIR");
    if (chosen != null && !chosen.isBlank()) {
      return Path.of(chosen);
    }
    String caches = System.getenv("XDG_CACHE_HOME");
    Path base =
        caches == null || caches.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(caches);
    return base.resolve("attn4j").resolve(kind);
  }
}
