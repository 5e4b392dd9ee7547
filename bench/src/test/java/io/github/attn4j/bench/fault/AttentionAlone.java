package io.github.attn4j.bench.fault;

import io.github.attn4j.core.kernel.Backend;
import io.github.attn4j.core.kernel.Session;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** A real backend whose sessions have no layers of their own, as TornadoVM's. */
public final class AttentionAlone {
  private AttentionAlone() {}

  /** All else is the real one's. */
  public static Backend of(Backend real) {
    return proxy(
        Backend.class,
        (self, method, arguments) -> {
          Object result = call(real, method, arguments);
          return result instanceof Session session ? session(session) : result;
        });
  }

  private static Session session(Session real) {
    return proxy(
        Session.class,
        (self, method, arguments) ->
            method.getName().equals("layers")
                ? InvocationHandler.invokeDefault(self, method, arguments)
                : call(real, method, arguments));
  }

  private static @Nullable Object call(Object real, Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
