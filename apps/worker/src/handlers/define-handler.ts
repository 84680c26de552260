import { type ArgsSchema, type HandlerInfo, readArgs } from "@taskpulse/contract";
import type { Logger } from "@taskpulse/runtime";
import type { z } from "zod";
import type { RetryPlan } from "../run/retry-plan.ts";
import { describeArgs } from "./describe-args.ts";
import { PermanentFailure } from "./failures.ts";
import type { HandlerCall, HandlerReply } from "./handler-call.ts";

/** What a handler is given besides its args. */
export interface HandlerContext {
  taskid: string;
  /** Counts from 1. */
  attempt: number;
  /** Aborted when the task is cancelled, takes too long, or the worker stops: then nobody waits any more. */
  signal: AbortSignal;
  /** Its lines name the handler, the task and the attempt. */
  log: Logger;
  /**
   * Calls an address that data may name; private ones are refused, see OUTGOING_ALLOW.
   *
   * @throws CallFailed unless the answer is 2xx
   */
  call: (request: HandlerCall) => Promise<HandlerReply>;
}

export interface HandlerSpec<Args extends z.ZodObject> {
  /** A letter, then letters, digits, `_`, `.` and `-`; at most 100. */
  name: string;
  /** One sentence for people. */
  description: string;
  /**
   * What it takes. Those who take tasks refuse what does not fit, as far as JSON Schema can say it; `rule`
   * in the metadata of a field is the sentence for whatever is wrong with it.
   */
  args: Args;
  /** Where a task says nothing; a field that is left out is as for every task. */
  retries?: Partial<RetryPlan>;
  /** How long one attempt may take; default 120,000. */
  timeoutMs?: number;
  /**
   * Does the work. What it returns, nothing or what can be written as JSON, is the task's result;
   * what it throws makes the attempt fail: see `failures.ts`. It may be run more than once.
   */
  run(args: z.output<Args>, context: HandlerContext): unknown;
}

/** A task function that is registered by name. Made by `defineHandler`. */
export interface Handler {
  name: string;
  description: string;
  args: ArgsSchema;
  retries: Partial<RetryPlan>;
  timeoutMs: number;
  /** @throws PermanentFailure when the args don't fit; otherwise whatever the function throws */
  run(args: unknown, context: HandlerContext): unknown;
}

const NAME = /^[a-z][\w.-]{0,99}$/i;
const TIMEOUT_MS = 120_000;

/** @throws TypeError when the name can't be one */
export function defineHandler<Args extends z.ZodObject>(spec: HandlerSpec<Args>): Handler {
  const { name, description, retries = {}, timeoutMs = TIMEOUT_MS } = spec;
  if (!NAME.test(name)) throw new TypeError(`"${name}" can't be the name of a handler`);
  const args = describeArgs(spec.args);
  return {
    ...{ name, description, args, retries, timeoutMs },
    run(given, context) {
      const read = readArgs(spec.args, args, given);
      if (read.kind === "valid") return spec.run(read.value, context);
      const problems = read.errors.map(({ path, message }) => `${path} ${message}`);
      throw new PermanentFailure(problems.join("; "));
    },
  };
}

/** As those who take tasks, and people, are told of it. */
export function infoOf({ name, description, args, retries }: Handler): HandlerInfo {
  return {
    ...{ name, description, args },
    ...(retries.maxRetries === undefined ? {} : { max_retries: retries.maxRetries }),
    ...(retries.intervals === undefined ? {} : { retry_intervals: retries.intervals }),
  };
}
