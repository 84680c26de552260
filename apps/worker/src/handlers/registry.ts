import type { Handler } from "./define-handler.ts";
import { multiply } from "./multiply.ts";
import { processNotification } from "./process-notification.ts";

/** Every handler that tasks can name. Yours go here. */
export const HANDLERS: readonly Handler[] = [multiply, processNotification()];

/** @throws TypeError when two have one name */
export function handlersByName(handlers: readonly Handler[]): ReadonlyMap<string, Handler> {
  const byName = new Map<string, Handler>();
  for (const handler of handlers) {
    if (byName.has(handler.name)) throw new TypeError(`two handlers are named ${handler.name}`);
    byName.set(handler.name, handler);
  }
  return byName;
}
