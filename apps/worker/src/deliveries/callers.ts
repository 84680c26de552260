import { BasicCaller } from "./basic-caller.ts";
import type { CallerTools, WebhookCaller } from "./webhook-caller.ts";

/**
 * The one place where callers of result webhooks are registered, by the name that `webhook.name` of a
 * task and `caller` of a subscription say. A new one is a class with `call()`, and a line here.
 */
export const CALLERS = {
  basic: (tools: CallerTools): WebhookCaller => new BasicCaller(tools),
} satisfies Record<string, (tools: CallerTools) => WebhookCaller>;

/** Who sends what names nobody. */
export const DEFAULT_CALLER: keyof typeof CALLERS = "basic";

/** What this worker announces, so that a task that names another one is refused. */
export const CALLER_NAMES: readonly string[] = Object.keys(CALLERS);

export type Callers = ReadonlyMap<string, WebhookCaller>;

export function createCallers(tools: CallerTools): Callers {
  return new Map(Object.entries(CALLERS).map(([name, create]) => [name, create(tools)]));
}
