import type { HandlerInfo, Priority } from "@taskpulse/contract";
import { argFields, readArgTexts } from "./args-form.ts";

export const CALL_METHODS = ["POST", "GET", "PUT", "PATCH", "DELETE", "HEAD"] as const;
type CallMethod = (typeof CALL_METHODS)[number];

/** A task as it is being written: texts as they were typed. */
export interface TaskDraft {
  way: "handler" | "call";
  /** Empty: the first there is. */
  handler: string;
  /** By handler and arg, so that going to another handler and back forgets nothing. */
  args: Readonly<Record<string, string>>;
  url: string;
  method: CallMethod;
  /** JSON, or nothing. */
  callArgs: string;
  owner: string;
  priority: Priority;
  batchid: string;
  /** Whole numbers and seconds, or nothing. */
  maxRetries: string;
  delay: string;
  webhookUrl: string;
}

export const EMPTY_DRAFT: TaskDraft = {
  way: "handler",
  handler: "",
  args: {},
  url: "",
  method: "POST",
  callArgs: "",
  owner: "",
  priority: "Moderate",
  batchid: "",
  maxRetries: "",
  delay: "",
  webhookUrl: "",
};

export type ReadDraft =
  | { kind: "task"; task: Record<string, unknown> }
  /** By the paths that the server would name. */
  | { kind: "wrong"; errors: Readonly<Record<string, string>> };

export function argKey(handler: string, name: string): string {
  return `${handler} ${name}`;
}

/** The handler that the draft means; undefined while none is known. */
export function handlerOf(
  draft: TaskDraft,
  handlers: readonly HandlerInfo[],
): HandlerInfo | undefined {
  return handlers.find(({ name }) => name === draft.handler) ?? handlers[0];
}

/** The task that was written. What is left empty is left to the server. */
export function readDraft(draft: TaskDraft, handlers: readonly HandlerInfo[]): ReadDraft {
  const work = draft.way === "call" ? readCall(draft) : readHandler(draft, handlers);
  const { owner, priority, batchid, maxRetries, delay, webhookUrl } = draft;
  const errors: Record<string, string> = work.kind === "wrong" ? { ...work.errors } : {};
  const numbers: Record<string, number> = {};
  for (const [path, text] of Object.entries({ max_retries: maxRetries, delay })) {
    if (text.trim() === "") continue;
    const number = Number(text);
    if (Number.isFinite(number)) numbers[path] = number;
    else errors[path] = "must be a number";
  }
  if (work.kind === "wrong" || Object.keys(errors).length > 0) return { kind: "wrong", errors };
  return {
    kind: "task",
    task: {
      owner: owner.trim() === "" ? "board" : owner.trim(),
      priority,
      ...(batchid.trim() === "" ? {} : { batchid: batchid.trim() }),
      ...work.task,
      ...numbers,
      ...(webhookUrl.trim() === "" ? {} : { webhook: { url: webhookUrl.trim() } }),
    },
  };
}

function readHandler(draft: TaskDraft, handlers: readonly HandlerInfo[]): ReadDraft {
  const handler = handlerOf(draft, handlers);
  if (handler === undefined) return { kind: "wrong", errors: { handler: "must be chosen" } };
  const fields = argFields(handler.args);
  const texts = fields.map(({ name }) => [name, draft.args[argKey(handler.name, name)] ?? ""]);
  const read = readArgTexts(fields, Object.fromEntries(texts));
  if (read.kind === "wrong") {
    const errors = Object.entries(read.errors).map(([name, words]) => [`args.${name}`, words]);
    return { kind: "wrong", errors: Object.fromEntries(errors) };
  }
  return { kind: "task", task: { handler: handler.name, args: read.args } };
}

function readCall({ url, method, callArgs }: TaskDraft): ReadDraft {
  const errors: Record<string, string> = {};
  if (url.trim() === "") errors["call.url"] = "must be an http:// or https:// address";
  let args: unknown;
  if (callArgs.trim() !== "") {
    try {
      args = JSON.parse(callArgs) as unknown;
    } catch {
      errors["call.args"] = 'must be an object written as JSON, such as {"x": 10}';
    }
  }
  if (Object.keys(errors).length > 0) return { kind: "wrong", errors };
  const call = { url: url.trim(), method, ...(args === undefined ? {} : { args }) };
  return { kind: "task", task: { call } };
}
