import type { ClientOptions } from "./client-options.ts";
import { connectHandlerTask, connectHttpTask } from "./connect-task.ts";
import { ConnectedHandle } from "./connected-handle.ts";
import { Connection } from "./connection.ts";
import type { HandlerTask, HttpTask } from "./http-task.ts";
import type { SendOptions, SendResult } from "./send-result.ts";
import { sendMany, sendOne } from "./send-tasks.ts";
import { readSettings } from "./settings.ts";
import { checkTaskid } from "./task-fields.ts";
import type { TaskHandle } from "./task-handle.ts";
import type { TaskArgs, TaskInput } from "./task-input.ts";
import type { HandlerTaskOptions, TaskOptions } from "./task-options.ts";

/** One Taskpulse as a program uses it. It holds no connection open, and needs no end. */
export interface Client {
  /**
   * @param url the endpoint's address; user and password in it become an `Authorization` header
   * @param options for all tasks that are made with it
   */
  httpTask<Retval = unknown, Args extends object = TaskArgs>(
    url: string | URL,
    options?: TaskOptions,
  ): HttpTask<Retval, Args>;
  /** @param options for all tasks that are made with it */
  handlerTask<Retval = unknown, Args extends object = TaskArgs>(
    handler: string,
    options?: HandlerTaskOptions,
  ): HandlerTask<Retval, Args>;
  /** The handle of a task that exists already, by its taskid. Asks nothing. */
  task<Retval = unknown>(taskid: string): TaskHandle<Retval>;
  /**
   * Sends one task as a webhook, signed if there is a secret, and tries again while Taskpulse is
   * away or busy (429, 503), as it asks for in Retry-After. Sending again is always safe.
   *
   * @throws TaskRefused with every bad field; RequestFailed; Unreachable; the reason of `signal`
   */
  sendTask(task: TaskInput, options?: SendOptions): Promise<SendResult>;
  /**
   * The same with any number of tasks, in requests of at most 1,000 tasks and 1 MiB, one after the
   * other. Each request is stored as a whole or not at all; the first one that fails ends it, and
   * the error's `sent` tells what those before it have stored.
   *
   * @throws as `sendTask`; TypeError, before anything is sent, for a task that is larger than 1 MiB
   */
  sendTasks(tasks: readonly TaskInput[], options?: SendOptions): Promise<SendResult>;
}

/**
 * @param options what is left out comes from the environment: `TASKPULSE_URL`, `TASKPULSE_TOKEN`,
 *   `TASKPULSE_SECRET`
 * @throws TypeError that names the option or the variable which can't be used
 */
export function createClient(options: ClientOptions = {}): Client {
  const settings = readSettings(options);
  const connection = new Connection(settings);
  const sender = { connection, secret: settings.secret };
  return {
    httpTask: (url, defaults = {}) => connectHttpTask(connection, url, defaults),
    handlerTask: (handler, defaults = {}) => connectHandlerTask(connection, handler, defaults),
    task(taskid) {
      checkTaskid(taskid);
      return new ConnectedHandle(connection, taskid);
    },
    sendTask: (task, how) => sendOne(sender, task, how),
    sendTasks: (tasks, how) => sendMany(sender, tasks, how),
  };
}
