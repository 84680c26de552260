import type { StartingTask } from "./task-handle.ts";
import type { TaskArgs } from "./task-input.ts";
import type { HandlerStartOptions, StartOptions } from "./task-options.ts";

/**
 * An endpoint that Taskpulse calls. With `getAsync` and `headAsync` the arguments go into the query,
 * where they take the place of parameters of the same name; the others send a form. An array repeats
 * its name, objects are JSON. `headAsync` returns null.
 */
export interface HttpTask<Retval = unknown, Args extends object = TaskArgs> {
  getAsync(args?: Args, options?: StartOptions): StartingTask<Retval>;
  headAsync(args?: Args, options?: StartOptions): StartingTask<null>;
  postAsync(args?: Args, options?: StartOptions): StartingTask<Retval>;
  putAsync(args?: Args, options?: StartOptions): StartingTask<Retval>;
  patchAsync(args?: Args, options?: StartOptions): StartingTask<Retval>;
  deleteAsync(args?: Args, options?: StartOptions): StartingTask<Retval>;
}

/** A function that is registered in Taskpulse's worker under a name. */
export interface HandlerTask<Retval = unknown, Args extends object = TaskArgs> {
  /** An unknown name, or arguments that the handler's schema refuses, is a TaskRefused. */
  startAsync(args?: Args, options?: HandlerStartOptions): StartingTask<Retval>;
}
