import type { Task } from "@taskpulse/contract";
import {
  type CallOutcome,
  callEndpoint,
  type Outgoing,
  reportToken,
  type Secrets,
} from "@taskpulse/webhook";

const DEFAULT_TIMEOUT_SECONDS = 5;
/** Where a remote that answers 202 reports to; the token in it is good for this attempt only. */
const REPORT_URL_HEADER = "taskpulse-report-url";
const TASK_ID_HEADER = "taskpulse-task-id";

export interface CallPlace {
  taskid: string;
  round: number;
  attempt: number;
}

export interface EndpointCaller {
  outgoing: Outgoing;
  /** The secrets in force; the first makes the tokens. */
  secrets: () => Secrets;
  /** What signs a call to this address. */
  secretsOf: (url: string) => Secrets;
  /** How remotes reach the consumer, without a slash at the end. */
  publicUrl: string;
}

/**
 * Calls the endpoint of a callback task. The same task calls with the same webhook-id until it is run
 * again by hand, so that an endpoint can tell a repeated call. It is not the id of its result webhook:
 * the same receiver may get both.
 */
export function callOnce(
  { outgoing, secrets, secretsOf, publicUrl }: EndpointCaller,
  call: NonNullable<Task["call"]>,
  { taskid, round, attempt }: CallPlace,
  signal: AbortSignal,
): Promise<CallOutcome> {
  const [master] = secrets();
  const token = reportToken({ master, taskid, round, attempt });
  return callEndpoint(outgoing, {
    url: call.url,
    method: call.method ?? "POST",
    args: call.args ?? {},
    timeoutMs: (call.timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1_000,
    headers: {
      [TASK_ID_HEADER]: taskid,
      [REPORT_URL_HEADER]: `${publicUrl}/webhook?task_id=${taskid}&token=${token}`,
    },
    sign: { id: `${taskid}-${round}-call`, secret: secretsOf(call.url) },
    signal,
  });
}
