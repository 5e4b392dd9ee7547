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
 * From tree to text: no bracket that the grammar does not need, and parsing gives the tree back.
 */
public final class ExpressionPrinter {
  private static final int CONDITIONAL_PRECEDENCE = 0;

  private final StringBuilder text = new StringBuilder();

  private ExpressionPrinter() {}

  /** The tree as text. */
  public static String print(Expression tree) {
    ExpressionPrinter printer = new ExpressionPrinter();
    printer.print(tree, CONDITIONAL_PRECEDENCE);
    return printer.text.toString();
  }

  private void print(Expression tree, int leastPrecedence) {
    boolean brackets = precedence(tree) < leastPrecedence;
    if (brackets) {
      text.append('(');
    }
    switch (tree) {
      case IntLiteral literal -> text.append(literal.value());
      case FloatLiteral literal -> text.append(literal.value());
      case IntConstant constant -> text.append(constant.name());
      case FloatConstant constant -> text.append(constant.name());
      case Name name -> text.append(name.variable().text());
      case Negate negate -> printUnary('-', negate.operand());
      case Not not -> printUnary('!', not.operand());
      case Binary binary -> {
        Operator operator = binary.operator();
        print(binary.left(), operator.precedence());
        text.append(' ').append(operator.symbol()).append(' ');
        // To the right, an equal precedence would have been taken for the left's.
        print(binary.right(), operator.precedence() + 1);
      }
      case Conditional conditional -> {
        print(conditional.condition(), CONDITIONAL_PRECEDENCE + 1);
        text.append(" ? ");
        print(conditional.whenTrue(), CONDITIONAL_PRECEDENCE);
        text.append(" : ");
        print(conditional.whenFalse(), CONDITIONAL_PRECEDENCE);
      }
      case Call call -> printList(call.function().text() + "(", call.operands(), ')');
      case Lookup lookup -> printList(lookup.name() + "[", lookup.operands(), ']');
    }
    if (brackets) {
      text.append(')');
    }
  }

  private void printUnary(char symbol, Expression operand) {
    text.append(symbol);
    print(operand, Operator.UNARY_PRECEDENCE);
  }

  private void printList(String start, List<Expression> operands, char end) {
    text.append(start);
    for (int index = 0; index < operands.size(); index++) {
      if (index > 0) {
        text.append(", ");
      }
      print(operands.get(index), CONDITIONAL_PRECEDENCE);
    }
    text.append(end);
  }

  private static int precedence(Expression tree) {
    return switch (tree) {
      case Conditional conditional -> CONDITIONAL_PRECEDENCE;
      case Binary binary -> binary.operator().precedence();
      default -> Operator.UNARY_PRECEDENCE;
    };
  }
}
