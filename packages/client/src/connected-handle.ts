import type { Answered, Connection } from "./connection.ts";
import { knownOptions } from "./describe.ts";
import { readPatience } from "./patience.ts";
import { refusal } from "./refusal.ts";
import { sendUntilTaken } from "./send-until-taken.ts";
import type { TaskDetails, TaskState } from "./task-details.ts";
import type { GetOptions, TaskHandle } from "./task-handle.ts";
import { waitForResult } from "./wait-for-result.ts";

const DEFAULT_WAIT_MS = 300_000;
const ASK_LIMIT_MS = 30_000;

export class ConnectedHandle<Retval> implements TaskHandle<Retval> {
  readonly taskid: string;
  readonly #connection: Connection;

  constructor(connection: Connection, taskid: string) {
    this.#connection = connection;
    this.taskid = taskid;
  }

  async get(options: GetOptions = {}): Promise<Retval> {
    knownOptions("get", options, ["timeoutMs", "signal"]);
    const patience = readPatience(options, DEFAULT_WAIT_MS);
    const retval = await waitForResult(this.#connection, this.taskid, patience);
    // What a task returns is for its caller to know.
    return retval as Retval;
  }

  async status(): Promise<TaskState> {
    return (await this.details()).state;
  }

  async details(): Promise<TaskDetails> {
    const answer = await this.#ask("GET", "");
    if (answer.status !== 200) throw refusal(this.#connection.base, "reading the task", answer);
    return answer.body as TaskDetails;
  }

  async cancel(): Promise<boolean> {
    const answer = await this.#ask("POST", "/cancel");
    if (answer.status === 409) return false;
    if (answer.status < 200 || answer.status > 299) {
      throw refusal(this.#connection.base, "cancelling the task", answer);
    }
    return true;
  }

  #ask(method: "GET" | "POST", action: string): Promise<Answered> {
    const path = `/api/tasks/${this.taskid}${action}`;
    return sendUntilTaken(this.#connection, () => ({ method, path }), { timeoutMs: ASK_LIMIT_MS });
  }
}
