package io.github.attn4j.core.expression;

import io.github.attn4j.core.expression.Expression.Binary;
import io.github.attn4j.core.expression.Expression.Call;
import io.github.attn4j.core.expression.Expression.Conditional;
import io.github.attn4j.core.expression.Expression.FloatConstant;
import io.github.attn4j.core.expression.Expression.FloatLiteral;
import io.github.attn4j.core.expression.Expression.IntConstant;
import io.github.attn4j.core.expression.Expression.IntLiteral;
import io.github.attn4j.core.expression.Expression.Lookup;
import io.github.attn4j.core.expression.Expression.Name;
import io.github.attn4j.core.expression.Expression.Negate;
import io.github.attn4j.core.expression.Expression.Not;
import java.util.List;

/**
 * Bounds of an expression over a box of pairs by interval arithmetic (Moore, "Interval analysis",
 * 1966), with ints kept in relation to q and k ({@link IntRange}). Never wrong: MIXED where it
 * cannot tell.
 */
final class RangeEvaluator {

  /** What a static check wants to hear of. */
  interface Findings {
    /** A divisor that is 0 for every pair. */
    void dividesByZero(Expression division);

    /** An index that is out of range for every pair. */
    void indexOutside(Lookup lookup, int which, IntRange index, int size);

    /** A result that may leave 32 bits; it certainly does where its range says so. */
    void overflows(Expression operation, IntRange result);

    /** Hears nothing. */
    Findings NONE =
        new Findings() {
          @Override
          public void dividesByZero(Expression division) {}

          @Override
          public void indexOutside(Lookup lookup, int which, IntRange index, int size) {}

          @Override
          public void overflows(Expression operation, IntRange result) {}
        };
  }

  private final Region region;
  private final Findings findings;

  RangeEvaluator(Region region, Findings findings) {
    this.region = region;
    this.findings = findings;
  }

  Truth truth(Expression condition) {
    return switch (condition) {
      case Not not -> truth(not.operand()).not();
      case Binary binary when binary.operator() == Operator.AND -> {
        Truth left = truth(binary.left());
        yield left == Truth.NEVER ? left : and(left, truth(binary.right()));
      }
      case Binary binary when binary.operator() == Operator.OR -> {
        Truth left = truth(binary.left());
        yield left == Truth.ALWAYS ? left : and(left.not(), truth(binary.right()).not()).not();
      }
      case Binary comparison -> compare(comparison);
      case Conditional conditional ->
          switch (truth(conditional.condition())) {
            case ALWAYS -> truth(conditional.whenTrue());
            case NEVER -> truth(conditional.whenFalse());
            case MIXED -> {
              Truth first = truth(conditional.whenTrue());
              Truth second = truth(conditional.whenFalse());
              yield first == second ? first : Truth.MIXED;
            }
          };
      default -> throw new AssertionError("no condition: " + condition);
    };
  }

  IntRange ints(Expression number) {
    return switch (number) {
      case IntLiteral literal -> IntRange.exactly(literal.value());
      case IntConstant constant -> IntRange.exactly(constant.value());
      case Name name -> variable(name.variable());
      case Negate negate -> wrapped(negate, ints(negate.operand()).negate(region));
      case Binary binary -> arithmetic(binary);
      case Conditional conditional ->
          switch (truth(conditional.condition())) {
            case ALWAYS -> ints(conditional.whenTrue());
            case NEVER -> ints(conditional.whenFalse());
            case MIXED -> ints(conditional.whenTrue()).join(ints(conditional.whenFalse()), region);
          };
      case Call call -> intCall(call);
      case Lookup lookup -> {
        long places = places(lookup);
        TableBounds bounds = lookup.table().bounds();
        int first = (int) (places >>> 32);
        int last = (int) places;
        yield IntRange.between(bounds.least(first, last), bounds.greatest(first, last));
      }
      default -> throw new AssertionError("no int: " + number);
    };
  }

  FloatRange floats(Expression number) {
    if (number.type() == Type.INT) {
      return ints(number).toFloats();
    }
    return switch (number) {
      case FloatLiteral literal -> FloatRange.exactly(literal.value());
      case FloatConstant constant -> FloatRange.exactly(constant.value());
      case Name score -> FloatRange.ANY;
      case Negate negate -> floats(negate.operand()).negate();
      case Binary binary -> {
        FloatRange left = floats(binary.left());
        FloatRange right = floats(binary.right());
        yield switch (binary.operator()) {
          case ADD -> left.plus(right);
          case SUBTRACT -> left.minus(right);
          case MULTIPLY -> left.times(right);
          case DIVIDE -> left.over(right);
          default -> throw new AssertionError("no float: " + number);
        };
      }
      case Conditional conditional ->
          switch (truth(conditional.condition())) {
            case ALWAYS -> floats(conditional.whenTrue());
            case NEVER -> floats(conditional.whenFalse());
            case MIXED -> floats(conditional.whenTrue()).join(floats(conditional.whenFalse()));
          };
      case Call call -> floatCall(call);
      case Lookup lookup -> {
        long places = places(lookup);
        yield floatsOf(lookup.table(), (int) (places >>> 32), (int) places);
      }
      default -> throw new AssertionError("no float: " + number);
    };
  }

  private static Truth and(Truth left, Truth right) {
    return Truth.of(
        left == Truth.ALWAYS && right == Truth.ALWAYS, left == Truth.NEVER || right == Truth.NEVER);
  }

  private Truth compare(Binary comparison) {
    if (comparison.left().type() == Type.INT && comparison.right().type() == Type.INT) {
      IntRange left = ints(comparison.left());
      IntRange right = ints(comparison.right());
      return switch (comparison.operator()) {
        case LT -> left.less(right, region);
        case LE -> left.lessOrEqual(right, region);
        case GT -> right.less(left, region);
        case GE -> right.lessOrEqual(left, region);
        case EQ -> left.equal(right, region);
        case NE -> left.equal(right, region).not();
        default -> throw new AssertionError("no condition: " + comparison);
      };
    }
    FloatRange left = floats(comparison.left());
    FloatRange right = floats(comparison.right());
    return switch (comparison.operator()) {
      case LT -> left.less(right);
      case LE -> left.lessOrEqual(right);
      case GT -> right.less(left);
      case GE -> right.lessOrEqual(left);
      case EQ -> left.equal(right);
      case NE -> left.equal(right).not();
      default -> throw new AssertionError("no condition: " + comparison);
    };
  }

  private IntRange variable(Variable variable) {
    return switch (variable) {
      case B -> IntRange.between(region.firstBatch(), region.lastBatch());
      case H -> IntRange.between(region.firstHead(), region.lastHead());
      case Q -> IntRange.query(region);
      case P -> IntRange.position(region);
      case K -> IntRange.key(region);
      case NQ -> IntRange.between(region.leastQueries(), region.greatestQueries());
      case NK -> IntRange.between(region.leastKeys(), region.greatestKeys());
      case S -> throw new AssertionError("the score is a float");
    };
  }

  private IntRange arithmetic(Binary binary) {
    IntRange left = ints(binary.left());
    IntRange right = ints(binary.right());
    if ((binary.operator() == Operator.DIVIDE || binary.operator() == Operator.MODULO)
        && right.isSingle()
        && right.least() == 0) {
      findings.dividesByZero(binary);
    }
    return wrapped(
        binary,
        switch (binary.operator()) {
          case ADD -> left.plus(right, region);
          case SUBTRACT -> left.minus(right, region);
          case MULTIPLY -> left.times(right, region);
          case DIVIDE -> left.over(right);
          case MODULO -> left.modulo(right, region);
          default -> throw new AssertionError("no int: " + binary);
        });
  }

  private IntRange wrapped(Expression operation, IntRange result) {
    if (result.fitsInt()) {
      return result;
    }
    findings.overflows(operation, result);
    return IntRange.ANY;
  }

  private IntRange intCall(Call call) {
    List<Expression> operands = call.operands();
    return switch (call.function()) {
      case MIN -> ints(operands.get(0)).min(ints(operands.get(1)), region);
      case MAX -> ints(operands.get(0)).max(ints(operands.get(1)), region);
      case ABS -> wrapped(call, ints(operands.get(0)).abs(region));
      case CLAMP ->
          ints(operands.get(0))
              .max(ints(operands.get(1)), region)
              .min(ints(operands.get(2)), region);
      case HASH -> hash(operands);
      case EXP, TANH, LOG2, SLOPE -> throw new AssertionError("no int: " + call);
    };
  }

  private FloatRange floatCall(Call call) {
    List<Expression> operands = call.operands();
    return switch (call.function()) {
      case MIN -> floats(operands.get(0)).min(floats(operands.get(1)));
      case MAX -> floats(operands.get(0)).max(floats(operands.get(1)));
      case ABS -> floats(operands.get(0)).abs();
      case CLAMP ->
          floats(operands.get(0)).max(floats(operands.get(1))).min(floats(operands.get(2)));
      case EXP -> floats(operands.get(0)).exp();
      case TANH -> floats(operands.get(0)).tanh();
      case LOG2 -> floats(operands.get(0)).log2();
      case SLOPE -> slope(ints(operands.get(0)));
      case HASH -> throw new AssertionError("no float: " + call);
    };
  }

  private IntRange hash(List<Expression> operands) {
    int[] words = new int[operands.size()];
    boolean single = true;
    for (int index = 0; index < words.length; index++) {
      IntRange operand = ints(operands.get(index));
      single &= operand.isSingle();
      words[index] = (int) operand.least();
    }
    if (!single) {
      return IntRange.between(0, Integer.MAX_VALUE);
    }
    return IntRange.exactly(
        switch (words.length) {
          case 1 -> Arithmetic.hash(words[0]);
          case 2 -> Arithmetic.hash(words[0], words[1]);
          case 3 -> Arithmetic.hash(words[0], words[1], words[2]);
          default -> Arithmetic.hash(words[0], words[1], words[2], words[3]);
        });
  }

  private FloatRange slope(IntRange head) {
    if (region.heads() == 0) {
      return new FloatRange(0, 1, false);
    }
    float[] slopes = AlibiSlopes.of(region.heads());
    int first = Arithmetic.nearest((int) head.least(), slopes.length);
    int last = Arithmetic.nearest((int) head.greatest(), slopes.length);
    float least = slopes[first];
    float greatest = slopes[first];
    for (int index = first + 1; index <= last; index++) {
      least = Math.min(least, slopes[index]);
      greatest = Math.max(greatest, slopes[index]);
    }
    return new FloatRange(least, greatest, false);
  }

  /** First and last place that the indices may reach, in the upper and the lower 32 bits. */
  private long places(Lookup lookup) {
    Table table = lookup.table();
    boolean one = table.indices() == 1;
    IntRange row = one ? IntRange.exactly(0) : ints(lookup.operands().get(0));
    IntRange column = ints(lookup.operands().get(one ? 0 : 1));
    if (!one) {
      requireInside(lookup, 0, row, table.rows());
    }
    requireInside(lookup, one ? 0 : 1, column, table.columns());
    long first = table.place((int) row.least(), (int) column.least());
    long last = table.place((int) row.greatest(), (int) column.greatest());
    return first << 32 | last;
  }

  private void requireInside(Lookup lookup, int which, IntRange index, int size) {
    if (index.least() >= size || index.greatest() < 0) {
      findings.indexOutside(lookup, which, index, size);
    }
  }

  private static FloatRange floatsOf(Table table, int first, int last) {
    TableBounds bounds = table.bounds();
    int least = bounds.least(first, last);
    int greatest = bounds.greatest(first, last);
    return least > greatest
        ? FloatRange.ANY
        : new FloatRange(
            TableBounds.fromOrderedInt(least),
            TableBounds.fromOrderedInt(greatest),
            bounds.hasNaN());
  }
}
