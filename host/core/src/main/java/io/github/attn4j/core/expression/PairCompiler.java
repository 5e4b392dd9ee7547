package io.github.attn4j.core.expression;

import static java.lang.constant.ConstantDescs.BSM_CLASS_DATA_AT;
import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.DEFAULT_NAME;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Makes a class of an expression: one static method that computes a pair, and loops over keys
 * around it, so that the pair loop boxes nothing, looks nothing up and is compiled like handwritten
 * code. Constants of the problem's shape become constants of the code.
 */
final class PairCompiler {
  private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
  private static final String PAIR = "pair";

  private static final MethodTypeDesc VISIBLE =
      MethodTypeDesc.of(CD_boolean, CD_int, CD_int, CD_int, CD_int, CD_int);
  private static final MethodTypeDesc SCORE =
      MethodTypeDesc.of(CD_float, CD_float, CD_int, CD_int, CD_int, CD_int, CD_int);

  private PairCompiler() {}

  /** Arrays that the code reads, in the order in which it numbers them. */
  static final class Arrays {
    private final List<Object> values = new ArrayList<>();
    private final List<Object> keys = new ArrayList<>();

    /** Loads an array that the same key has always stood for. */
    void load(CodeBuilder code, Object key, Object value) {
      int index = keys.indexOf(key);
      if (index < 0) {
        index = keys.size();
        keys.add(key);
        values.add(value);
      }
      ClassDesc type = (value instanceof float[] ? CD_float : CD_int).arrayType();
      code.loadConstant(DynamicConstantDesc.ofNamed(BSM_CLASS_DATA_AT, DEFAULT_NAME, type, index));
    }
  }

  static PairPredicate mask(Expression tree, Domain domain) {
    ClassDesc self = self("CompiledMask");
    return make(
        PairPredicate.class,
        self,
        arrays ->
            builder -> {
              builder.withMethodBody(
                  PAIR,
                  VISIBLE,
                  ClassFile.ACC_STATIC,
                  code -> new TreeCode(code, domain, arrays, 0).returnCondition(tree));
              builder.withMethodBody(
                  "visible",
                  VISIBLE,
                  ClassFile.ACC_PUBLIC,
                  code -> {
                    loadPair(code, 1);
                    code.invokestatic(self, PAIR, VISIBLE).ireturn();
                  });
              builder.withMethodBody(
                  "fill",
                  MethodTypeDesc.of(
                      CD_void,
                      CD_int,
                      CD_int,
                      CD_int,
                      CD_int,
                      CD_int,
                      CD_int,
                      CD_boolean.arrayType(),
                      CD_int),
                  ClassFile.ACC_PUBLIC,
                  code -> fill(code, self));
              builder.withMethodBody(
                  "count",
                  MethodTypeDesc.of(CD_int, CD_int, CD_int, CD_int, CD_int, CD_int, CD_int),
                  ClassFile.ACC_PUBLIC,
                  code -> count(code, self));
            });
  }

  static PairScore score(Expression tree, Domain domain) {
    ClassDesc self = self("CompiledScore");
    return make(
        PairScore.class,
        self,
        arrays ->
            builder -> {
              builder.withMethodBody(
                  PAIR,
                  SCORE,
                  ClassFile.ACC_STATIC,
                  code -> new TreeCode(code, domain, arrays, 1).returnFloat(tree));
              builder.withMethodBody(
                  "score",
                  SCORE,
                  ClassFile.ACC_PUBLIC,
                  code -> {
                    code.fload(1);
                    loadPair(code, 2);
                    code.invokestatic(self, PAIR, SCORE).freturn();
                  });
              builder.withMethodBody(
                  "apply",
                  MethodTypeDesc.of(
                      CD_void,
                      CD_int,
                      CD_int,
                      CD_int,
                      CD_int,
                      CD_int,
                      CD_int,
                      CD_float.arrayType(),
                      CD_int),
                  ClassFile.ACC_PUBLIC,
                  code -> apply(code, self));
            });
  }

  // In the three loops: b, h, q, p in slots 1 to 4, the running key in 5, the end key in 6.

  private static void fill(CodeBuilder code, ClassDesc self) {
    loop(
        code,
        () -> {
          code.aload(7).iload(8);
          loadPair(code, 1);
          code.invokestatic(self, PAIR, VISIBLE).bastore().iinc(8, 1);
        });
    code.return_();
  }

  private static void count(CodeBuilder code, ClassDesc self) {
    code.iconst_0().istore(7);
    loop(
        code,
        () -> {
          code.iload(7);
          loadPair(code, 1);
          code.invokestatic(self, PAIR, VISIBLE).iadd().istore(7);
        });
    code.iload(7).ireturn();
  }

  private static void apply(CodeBuilder code, ClassDesc self) {
    loop(
        code,
        () -> {
          code.aload(7).iload(8).aload(7).iload(8).faload();
          loadPair(code, 1);
          code.invokestatic(self, PAIR, SCORE).fastore().iinc(8, 1);
        });
    code.return_();
  }

  private static void loop(CodeBuilder code, Runnable body) {
    Label test = code.newLabel();
    Label end = code.newLabel();
    code.labelBinding(test).iload(5).iload(6).if_icmpge(end);
    body.run();
    code.iinc(5, 1).goto_(test).labelBinding(end);
  }

  private static void loadPair(CodeBuilder code, int firstSlot) {
    for (int slot = firstSlot; slot < firstSlot + 5; slot++) {
      code.iload(slot);
    }
  }

  private static ClassDesc self(String name) {
    return ClassDesc.of(PairCompiler.class.getPackageName(), name);
  }

  /** Turns arrays into the class body that fills them while it is being built. */
  private interface Body {
    Consumer<ClassBuilder> with(Arrays arrays);
  }

  private static <T> T make(Class<T> type, ClassDesc self, Body body) {
    Arrays arrays = new Arrays();
    byte[] bytes =
        ClassFile.of()
            .build(
                self,
                builder -> {
                  builder.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
                  builder.withInterfaceSymbols(ClassDesc.of(type.getName()));
                  builder.withMethodBody(
                      INIT_NAME,
                      MTD_void,
                      0,
                      code ->
                          code.aload(0).invokespecial(CD_Object, INIT_NAME, MTD_void).return_());
                  body.with(arrays).accept(builder);
                });
    try {
      MethodHandles.Lookup hidden =
          LOOKUP.defineHiddenClassWithClassData(bytes, List.copyOf(arrays.values), true);
      return type.cast(
          hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class)).invoke());
    } catch (Throwable e) {
      // Nothing a user writes gets here: trees are typed, and their size is bounded.
      throw new AssertionError("an expression's class was refused", e);
    }
  }
}
