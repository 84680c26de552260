import type { CallMethod } from "../task-input.ts";
import type { StandardSchema } from "./standard-schema.ts";
import type { TaskCall } from "./task-call.ts";

export interface ServeOptions {
  /**
   * A schema of zod, valibot, arktype or another that follows Standard Schema: the function gets what
   * it returns, and a caller whose arguments it refuses is told which and why.
   */
  args?: StandardSchema | undefined;
  /** Called with what the function threw, to log it. A text that it returns is told to the caller instead of the error's message. */
  onError?: ((error: unknown, call: TaskCall) => unknown) | undefined;
  /** Which methods are answered. Default: all six that Taskpulse calls with. */
  methods?: readonly CallMethod[] | undefined;
  /**
   * The secret that Taskpulse has for this destination, `whsec_…`, or several: calls that are not
   * signed with it are answered 401. What is signed is the body; with GET and HEAD it is empty, and
   * the arguments in the query are not covered.
   */
  secret?: string | readonly string[] | undefined;
  /** How far a signature's timestamp may be from now, in seconds. Default: 300. */
  toleranceSeconds?: number | undefined;
  /** The largest body that is read. Default: 1,048,576. */
  maxBodyBytes?: number | undefined;
}
