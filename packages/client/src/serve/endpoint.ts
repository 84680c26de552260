import { checkSignature } from "../signature.ts";
import { type Incoming, type Outgoing, refused, taskFailure } from "./exchange.ts";
import { failureReason } from "./failure-reason.ts";
import { checkArgs, readArgs } from "./read-args.ts";
import type { ReadServeOptions } from "./read-serve-options.ts";
import { CALL_HEADERS, type TaskCall } from "./task-call.ts";

/** What is done with arguments that are valid. May throw. */
export type Execute = (args: unknown, call: TaskCall) => Promise<Outgoing>;

/** Answers requests in the reply format of callback tasks. Order of checks: method, size, signature, arguments. */
export class Endpoint {
  readonly options: ReadServeOptions;
  readonly #execute: Execute;

  constructor(options: ReadServeOptions, execute: Execute) {
    this.options = options;
    this.#execute = execute;
  }

  /** Never rejects. */
  async answer(incoming: Incoming): Promise<Outgoing> {
    const call = callOf(incoming);
    try {
      return await this.#answer(incoming, call);
    } catch (error) {
      return taskFailure(incoming.method, failureReason(this.options.onError, error, call));
    }
  }

  async #answer(incoming: Incoming, call: TaskCall): Promise<Outgoing> {
    const { method } = incoming;
    const { methods, maxBodyBytes, signed, args: schema } = this.options;
    if (!methods.includes(method)) {
      const allow = methods.join(", ");
      return refused(method, 405, `this takes ${allow}, and not ${method}`, { allow });
    }
    const hasBody = method !== "GET" && method !== "HEAD";
    const body = hasBody ? await incoming.body(maxBodyBytes) : new Uint8Array();
    if (body === null) {
      return refused(method, 413, `the body is larger than ${maxBodyBytes} bytes`);
    }
    if (signed !== null) {
      const check = checkSignature((name) => incoming.header(name), body, signed);
      if (check.kind === "refused") return refused(method, 401, `the call: ${check.message}`);
    }
    const read = readArgs(incoming, body);
    if (read.kind === "refused") return refused(method, read.status, read.reason);
    const checked = await checkArgs(read.sent, schema);
    if (checked.kind === "invalid") return taskFailure(method, checked.reason);
    return this.#execute(checked.args, call);
  }
}

function callOf(incoming: Incoming): TaskCall {
  const { method, signal } = incoming;
  return {
    method,
    taskid: incoming.header(CALL_HEADERS.taskid),
    webhookId: incoming.header("webhook-id"),
    signal,
    header: (name) => incoming.header(name.toLowerCase()),
  };
}
