package io.github.attn4j.core.expression;

import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;

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
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Collections;
import java.util.List;

/** Bytecode of one tree; each method leaves the value of what it is given on the stack. */
final class TreeCode {
  private static final ClassDesc ARITHMETIC = ClassDesc.of(Arithmetic.class.getName());
  private static final ClassDesc MATH = ClassDesc.of(Math.class.getName());

  private final CodeBuilder code;
  private final Domain domain;
  private final PairCompiler.Arrays arrays;

  /** Slot of b; h, q, p and k follow, and s stands in slot 0 where there is one. */
  private final int firstSlot;

  TreeCode(CodeBuilder code, Domain domain, PairCompiler.Arrays arrays, int firstSlot) {
    this.code = code;
    this.domain = domain;
    this.arrays = arrays;
    this.firstSlot = firstSlot;
  }

  void returnCondition(Expression condition) {
    Label no = code.newLabel();
    jump(condition, false, no);
    code.iconst_1().ireturn().labelBinding(no).iconst_0().ireturn();
  }

  void returnFloat(Expression number) {
    floatValue(number);
    code.freturn();
  }

  /** Jumps where the condition has the truth asked for, else goes on behind. */
  private void jump(Expression condition, boolean truth, Label target) {
    switch (condition) {
      case Not not -> jump(not.operand(), !truth, target);
      case Binary binary when binary.operator() == Operator.AND -> junction(binary, !truth, target);
      case Binary binary when binary.operator() == Operator.OR -> junction(binary, truth, target);
      case Binary comparison -> compare(comparison, truth, target);
      case Conditional conditional -> {
        Label other = code.newLabel();
        Label end = code.newLabel();
        jump(conditional.condition(), false, other);
        jump(conditional.whenTrue(), truth, target);
        code.goto_(end).labelBinding(other);
        jump(conditional.whenFalse(), truth, target);
        code.labelBinding(end);
      }
      default -> throw new AssertionError("no condition: " + condition);
    }
  }

  /**
   * Jumps over two sides.
   *
   * @param eitherDecides whether one side alone leads to the jump: || to where it is true, && to
   *     where it is false
   */
  private void junction(Binary binary, boolean eitherDecides, Label target) {
    boolean decisive = binary.operator() == Operator.OR;
    if (eitherDecides) {
      jump(binary.left(), decisive, target);
      jump(binary.right(), decisive, target);
    } else {
      Label end = code.newLabel();
      jump(binary.left(), decisive, end);
      jump(binary.right(), !decisive, target);
      code.labelBinding(end);
    }
  }

  private void compare(Binary comparison, boolean truth, Label target) {
    Operator operator = comparison.operator();
    if (comparison.left().type() == Type.INT && comparison.right().type() == Type.INT) {
      intValue(comparison.left());
      intValue(comparison.right());
      code.branch(
          switch (operator) {
            case LT -> truth ? Opcode.IF_ICMPLT : Opcode.IF_ICMPGE;
            case LE -> truth ? Opcode.IF_ICMPLE : Opcode.IF_ICMPGT;
            case GT -> truth ? Opcode.IF_ICMPGT : Opcode.IF_ICMPLE;
            case GE -> truth ? Opcode.IF_ICMPGE : Opcode.IF_ICMPLT;
            case EQ -> truth ? Opcode.IF_ICMPEQ : Opcode.IF_ICMPNE;
            case NE -> truth ? Opcode.IF_ICMPNE : Opcode.IF_ICMPEQ;
            default -> throw new AssertionError("no comparison: " + comparison);
          },
          target);
      return;
    }
    floatValue(comparison.left());
    floatValue(comparison.right());
    // The two differ in what they make of NaN: it must fail every comparison but !=.
    if (operator == Operator.LT || operator == Operator.LE) {
      code.fcmpg();
    } else {
      code.fcmpl();
    }
    code.branch(
        switch (operator) {
          case LT -> truth ? Opcode.IFLT : Opcode.IFGE;
          case LE -> truth ? Opcode.IFLE : Opcode.IFGT;
          case GT -> truth ? Opcode.IFGT : Opcode.IFLE;
          case GE -> truth ? Opcode.IFGE : Opcode.IFLT;
          case EQ -> truth ? Opcode.IFEQ : Opcode.IFNE;
          case NE -> truth ? Opcode.IFNE : Opcode.IFEQ;
          default -> throw new AssertionError("no comparison: " + comparison);
        },
        target);
  }

  private void intValue(Expression number) {
    switch (number) {
      case IntLiteral literal -> code.loadConstant(literal.value());
      case IntConstant constant -> code.loadConstant(constant.value());
      case Name name -> variable(name.variable());
      case Negate negate -> {
        intValue(negate.operand());
        code.ineg();
      }
      case Binary binary -> {
        intValue(binary.left());
        intValue(binary.right());
        switch (binary.operator()) {
          case ADD -> code.iadd();
          case SUBTRACT -> code.isub();
          case MULTIPLY -> code.imul();
          case DIVIDE -> arithmetic("floorDivide", CD_int, 2);
          case MODULO -> arithmetic("floorModulo", CD_int, 2);
          default -> throw new AssertionError("no int: " + number);
        }
      }
      case Conditional conditional -> choose(conditional, Type.INT);
      case Call call -> {
        call.operands().forEach(this::intValue);
        switch (call.function()) {
          case MIN -> call(MATH, "min", CD_int, 2);
          case MAX -> call(MATH, "max", CD_int, 2);
          case ABS -> call(MATH, "abs", CD_int, 1);
          case CLAMP -> arithmetic("clamp", CD_int, 3);
          case HASH -> arithmetic("hash", CD_int, call.operands().size());
          case EXP, TANH, LOG2, SLOPE -> throw new AssertionError("no int: " + number);
        }
      }
      case Lookup lookup -> {
        place(lookup);
        code.iaload();
      }
      default -> throw new AssertionError("no int: " + number);
    }
  }

  private void floatValue(Expression number) {
    if (number.type() == Type.INT) {
      intValue(number);
      code.i2f();
      return;
    }
    switch (number) {
      case FloatLiteral literal -> code.loadConstant(literal.value());
      case FloatConstant constant -> code.loadConstant(constant.value());
      case Name score -> code.fload(0);
      case Negate negate -> {
        floatValue(negate.operand());
        code.fneg();
      }
      case Binary binary -> {
        floatValue(binary.left());
        floatValue(binary.right());
        switch (binary.operator()) {
          case ADD -> code.fadd();
          case SUBTRACT -> code.fsub();
          case MULTIPLY -> code.fmul();
          case DIVIDE -> code.fdiv();
          default -> throw new AssertionError("no float: " + number);
        }
      }
      case Conditional conditional -> choose(conditional, Type.FLOAT);
      case Call call -> floatCall(call);
      case Lookup lookup -> {
        place(lookup);
        code.faload();
      }
      default -> throw new AssertionError("no float: " + number);
    }
  }

  private void floatCall(Call call) {
    if (call.function() == BuiltIn.SLOPE) {
      arrays.load(code, BuiltIn.SLOPE, AlibiSlopes.of(domain.heads()));
      nearest(call.operands().getFirst(), domain.heads());
      code.faload();
      return;
    }
    call.operands().forEach(this::floatValue);
    switch (call.function()) {
      case MIN -> arithmetic("min", CD_float, 2);
      case MAX -> arithmetic("max", CD_float, 2);
      case ABS -> call(MATH, "abs", CD_float, 1);
      case CLAMP -> arithmetic("clamp", CD_float, 3);
      case EXP -> arithmetic("exp", CD_float, 1);
      case TANH -> arithmetic("tanh", CD_float, 1);
      case LOG2 -> arithmetic("log2", CD_float, 1);
      case HASH, SLOPE -> throw new AssertionError("no float: " + call);
    }
  }

  private void choose(Conditional conditional, Type type) {
    Label other = code.newLabel();
    Label end = code.newLabel();
    jump(conditional.condition(), false, other);
    value(conditional.whenTrue(), type);
    code.goto_(end).labelBinding(other);
    value(conditional.whenFalse(), type);
    code.labelBinding(end);
  }

  private void value(Expression number, Type type) {
    if (type == Type.INT) {
      intValue(number);
    } else {
      floatValue(number);
    }
  }

  private void variable(Variable variable) {
    switch (variable) {
      case B -> code.iload(firstSlot);
      case H -> code.iload(firstSlot + 1);
      case Q -> code.iload(firstSlot + 2);
      case P -> code.iload(firstSlot + 3);
      case K -> code.iload(firstSlot + 4);
      case NQ -> code.loadConstant(domain.queries());
      case NK -> {
        List<Integer> lengths = domain.keyLengths();
        if (Collections.min(lengths).equals(Collections.max(lengths))) {
          code.loadConstant(lengths.getFirst().intValue());
        } else {
          arrays.load(code, Variable.NK, lengths.stream().mapToInt(Integer::intValue).toArray());
          nearest(new Name(Variable.B), domain.batch());
          code.iaload();
        }
      }
      case S -> throw new AssertionError("the score is a float");
    }
  }

  /** The table's array and the place in it. */
  private void place(Lookup lookup) {
    Table table = lookup.table();
    arrays.load(code, table, table.type() == Type.INT ? table.ints() : table.floats());
    if (table.indices() == 1) {
      nearest(lookup.operands().getFirst(), table.columns());
      return;
    }
    nearest(lookup.operands().get(0), table.rows());
    code.loadConstant(table.columns()).imul();
    nearest(lookup.operands().get(1), table.columns());
    code.iadd();
  }

  private void nearest(Expression index, int size) {
    intValue(index);
    code.loadConstant(size);
    arithmetic("nearest", CD_int, 2);
  }

  private void arithmetic(String method, ClassDesc type, int arguments) {
    call(ARITHMETIC, method, type, arguments);
  }

  private void call(ClassDesc owner, String method, ClassDesc type, int arguments) {
    code.invokestatic(owner, method, MethodTypeDesc.of(type, Collections.nCopies(arguments, type)));
  }
}
