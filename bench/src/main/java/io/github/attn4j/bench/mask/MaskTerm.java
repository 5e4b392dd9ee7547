package io.github.attn4j.bench.mask;

import io.github.attn4j.core.expression.Domain;
import io.github.attn4j.core.expression.MaskExpression;
import io.github.attn4j.core.spec.Mask;
import java.util.function.Supplier;

/** One of the masks that a text joins. */
sealed interface MaskTerm {
  /** As a text has it. */
  String text();

  /** The mask for a shape. */
  Mask mask(Supplier<Domain> domain);

  /** Every pair. */
  record Full() implements MaskTerm {
    @Override
    public String text() {
      return Mask.none().label();
    }

    @Override
    public Mask mask(Supplier<Domain> domain) {
      return Mask.none();
    }
  }

  /** Causal too: kernels compute windows without a condition, so these have no expression. */
  record Window(int left, int right) implements MaskTerm {
    @Override
    public String text() {
      return Mask.window(left, right).label();
    }

    @Override
    public Mask mask(Supplier<Domain> domain) {
      return Mask.window(left, right);
    }
  }

  /** A published pattern. */
  record OfPreset(PresetCall call) implements MaskTerm {
    @Override
    public String text() {
      return call.text();
    }

    @Override
    public Mask mask(Supplier<Domain> domain) {
      return Mask.expression(
          MaskExpression.parse(call.preset().text(), call.bindings(domain)), call.text());
    }
  }

  /** Blocks one by one. */
  record Listed(BlockList blocks) implements MaskTerm {
    @Override
    public String text() {
      return blocks.text();
    }

    @Override
    public Mask mask(Supplier<Domain> domain) {
      return Mask.expression(blocks.expression(domain.get()), blocks.text());
    }
  }

  /** A user's own. */
  record Condition(Written written) implements MaskTerm {
    @Override
    public String text() {
      return written.text();
    }

    @Override
    public Mask mask(Supplier<Domain> domain) {
      MaskExpression expression =
          MaskExpression.parse(written.expression(), written.bindings(domain));
      return Mask.expression(expression, written.label(expression.text()));
    }
  }
}
