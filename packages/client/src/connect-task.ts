import type { Connection } from "./connection.ts";
import { describe, isPlainObject } from "./describe.ts";
import type { HandlerTask, HttpTask } from "./http-task.ts";
import { startTask } from "./start-task.ts";
import type { StartingTask } from "./task-handle.ts";
import type { CallMethod } from "./task-input.ts";
import {
  checkOptions,
  type HandlerTaskOptions,
  mergeOptions,
  type StartOptions,
  type TaskOptions,
} from "./task-options.ts";

export function connectHttpTask<Retval, Args extends object>(
  connection: Connection,
  url: string | URL,
  defaults: TaskOptions,
): HttpTask<Retval, Args> {
  const address = readAddress(url);
  checkOptions(defaults, { kind: "http", where: "httpTask", starts: false });
  const starter =
    <R>(method: CallMethod, where: string) =>
    (args?: Args, options: StartOptions = {}): StartingTask<R> => {
      checkArgs(where, args);
      checkOptions(options, { kind: "http", where, starts: true });
      const { timeout, ...merged } = mergeOptions(defaults, options);
      return startTask<R>(connection, { call: { url: address, method, args, timeout } }, merged);
    };
  return {
    getAsync: starter("GET", "getAsync"),
    headAsync: starter("HEAD", "headAsync"),
    postAsync: starter("POST", "postAsync"),
    putAsync: starter("PUT", "putAsync"),
    patchAsync: starter("PATCH", "patchAsync"),
    deleteAsync: starter("DELETE", "deleteAsync"),
  };
}

export function connectHandlerTask<Retval, Args extends object>(
  connection: Connection,
  handler: string,
  defaults: HandlerTaskOptions,
): HandlerTask<Retval, Args> {
  if (typeof handler !== "string" || handler === "") {
    throw new TypeError("handlerTask takes the name of a registered handler");
  }
  checkOptions(defaults, { kind: "handler", where: "handlerTask", starts: false });
  return {
    startAsync(args, options = {}) {
      checkArgs("startAsync", args);
      checkOptions(options, { kind: "handler", where: "startAsync", starts: true });
      return startTask<Retval>(connection, { handler, args }, mergeOptions(defaults, options));
    },
  };
}

function readAddress(url: unknown): string {
  const text = url instanceof URL ? url.href : url;
  const isHttp = typeof text === "string" && URL.canParse(text) && /^https?:/i.test(text);
  if (!isHttp) throw new TypeError("httpTask takes an http:// or https:// address");
  return text;
}

function checkArgs(where: string, args: unknown): void {
  if (args === undefined || isPlainObject(args)) return;
  throw new TypeError(`${where} takes named arguments, as {x: 10}, not ${describe(args)}`);
}
