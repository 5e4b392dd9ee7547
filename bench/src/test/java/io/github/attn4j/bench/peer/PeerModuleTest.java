package io.github.attn4j.bench.peer;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.attn4j.core.kernel.BackendException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The module as most people have it: not there. */
class PeerModuleTest {
  @Test
  void without_a_folder_says_who_fetches_it() {
    assertThatThrownBy(() -> PeerModule.find(null))
        .isInstanceOf(BackendException.Unavailable.class)
        .hasMessageContaining("./attn bench --peer");
  }

  @Test
  void an_absent_or_empty_folder_is_named(@TempDir Path folder) {
    assertThatThrownBy(() -> PeerModule.find(folder.toString()))
        .isInstanceOf(BackendException.Unavailable.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("no jar");
    assertThatThrownBy(() -> PeerModule.find(folder.resolve("absent").toString()))
        .isInstanceOf(BackendException.Unavailable.class)
        .hasMessageContaining("absent");
  }

  @Test
  void a_folder_without_the_classes_names_what_is_missing(@TempDir Path folder) throws Exception {
    Files.write(folder.resolve("other.jar"), new byte[0]);
    assertThatThrownBy(() -> PeerModule.find(folder.toString()).load(PeerId.TORCH))
        .isInstanceOf(BackendException.Unavailable.class)
        .hasMessageContaining("torch cannot be loaded")
        .hasMessageContaining(PeerId.TORCH.className());
  }
}
