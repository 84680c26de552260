import type { DocumentedApi } from "./documented-api.ts";
import type { RegisteredRoute } from "./registered-routes.ts";

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"]);

/**
 * How the routes of an app and its document differ. A route that is not documented must refuse its
 * method, with 405 and what is possible instead, or be another spelling of one that is, with or without a slash
 * at its end. Whatever is documented must be there.
 */
export async function routeProblems(
  api: DocumentedApi,
  routes: readonly RegisteredRoute[],
): Promise<string[]> {
  const problems: string[] = [];
  const registered = new Set(routes.map(({ method, url }) => `${method} ${bracketed(url)}`));
  const documented = new Set(api.operations.map(({ method, path }) => `${method} ${path}`));
  for (const one of documented) {
    if (!registered.has(one)) problems.push(`${one} is documented, and not there`);
  }
  for (const { method, url } of routes) {
    const path = bracketed(url);
    const spellings = [path, path.endsWith("/") ? path.slice(0, -1) : `${path}/`];
    if (!METHODS.has(method) || spellings.some((one) => documented.has(`${method} ${one}`)))
      continue;
    const address = api.origin + url.replace(/:\w+/g, "x");
    const response = await fetch(address, { method, redirect: "manual" });
    await response.arrayBuffer();
    const allowed = response.headers.get("allow")?.split(", ") ?? [];
    const isRefused = response.status === 405 && allowed.length > 0 && !allowed.includes(method);
    if (!isRefused) problems.push(`${method} ${path} is there, and not documented`);
  }
  return problems;
}

function bracketed(url: string): string {
  return url.replace(/:(\w+)/g, "{$1}");
}
