import { randomUUID } from "node:crypto";
import { ConnectedHandle } from "./connected-handle.ts";
import { type Connection, fieldsOf } from "./connection.ts";
import { readSignal } from "./patience.ts";
import { refusal } from "./refusal.ts";
import { sendUntilTaken } from "./send-until-taken.ts";
import { taskFields } from "./task-fields.ts";
import type { GetOptions, StartingTask, TaskHandle } from "./task-handle.ts";
import type { StartOptions } from "./task-options.ts";
import { toJson } from "./to-json.ts";

/** How long Taskpulse may take to accept a task, all tries together. */
const START_LIMIT_MS = 30_000;

/** @param what what to run: `{call}` or `{handler, args}` */
export function startTask<Retval>(
  connection: Connection,
  what: Readonly<Record<string, unknown>>,
  options: StartOptions,
): StartingTask<Retval> {
  const handle = send<Retval>(connection, what, options);
  return Object.assign(handle, {
    get: async (how?: GetOptions) => (await handle).get(how),
    status: async () => (await handle).status(),
    details: async () => (await handle).details(),
    cancel: async () => (await handle).cancel(),
  });
}

async function send<Retval>(
  connection: Connection,
  what: Readonly<Record<string, unknown>>,
  options: StartOptions,
): Promise<TaskHandle<Retval>> {
  const { idempotencyKey } = options;
  const signal = readSignal(options.signal);
  const headers =
    idempotencyKey === undefined ? {} : { "idempotency-key": readKey(idempotencyKey) };
  // Named here, so that a try whose answer was lost does not start it twice; a key does the same.
  const name = idempotencyKey === undefined ? { id: randomUUID() } : {};
  const body = toJson("the task", { ...name, ...(await taskFields(options)), ...what });
  const answer = await sendUntilTaken(
    connection,
    () => ({ method: "POST", path: "/api/tasks", headers, body }),
    { timeoutMs: START_LIMIT_MS, signal },
  );
  const { taskid } = fieldsOf(answer.body);
  if (answer.status < 200 || answer.status > 299 || typeof taskid !== "string") {
    throw refusal(connection.base, "the task", answer);
  }
  return new ConnectedHandle<Retval>(connection, taskid);
}

function readKey(key: unknown): string {
  if (typeof key === "string" && /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new TypeError("`idempotencyKey` must be a text of 1 to 200 visible ASCII characters");
}
