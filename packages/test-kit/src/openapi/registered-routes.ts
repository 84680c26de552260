import { channel } from "node:diagnostics_channel";

export interface RegisteredRoute {
  method: string;
  /** As Fastify writes it: `/tasks/:id`. */
  url: string;
}

interface HookedApp {
  addHook(
    name: "onRoute",
    hook: (route: { method: string | string[]; url: string }) => void,
  ): unknown;
}

/**
 * Every route that Fastify apps of this process register from now on, however they do it; HEAD is left out,
 * which comes with GET. Fastify says on a diagnostics channel when there is a new app.
 */
export function watchRoutes(): { readonly routes: readonly RegisteredRoute[]; stop(): void } {
  const routes: RegisteredRoute[] = [];
  const begun = channel("fastify.initialization");
  const watch = (message: unknown) => {
    const { fastify } = message as { fastify: HookedApp };
    fastify.addHook("onRoute", ({ method, url }) => {
      for (const one of [method].flat()) if (one !== "HEAD") routes.push({ method: one, url });
    });
  };
  begun.subscribe(watch);
  return { routes, stop: () => begun.unsubscribe(watch) };
}
