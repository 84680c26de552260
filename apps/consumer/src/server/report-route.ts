import {
  mayLoseDigits,
  NO_REASON,
  parseExact,
  type ReportAnswer,
  readFields,
  reportSchema,
  type TaskError,
  type TaskReport,
  WEBHOOK_HEADERS,
} from "@taskpulse/contract";
import {
  askStore,
  Counter,
  type LiveSecrets,
  type Registry,
  sendError,
  sendFieldErrors,
} from "@taskpulse/runtime";
import type { ReportReply, Transitions } from "@taskpulse/store";
import { verifyReportToken, type WebhookSecret } from "@taskpulse/webhook";
import type { FastifyInstance, FastifyReply } from "fastify";
import { answered } from "./answered.ts";
import { CommandRoom, refuseCommand } from "./command-room.ts";
import type { IncomingWebhooks, WholeRequest } from "./incoming-webhooks.ts";
import { reportDocs } from "./ingest-docs.ts";
import { newWalk, parseJson, shapeProblem } from "./json-body.ts";

const PATH = "/webhook";
/** Of a reason, in characters. */
const MAX_REASON = 2_000;
const UNPROVEN =
  "A report comes to the address that the call carried, which holds the task's token, or signed as Standard Webhooks 1.0.0 says.";
const WRONG_TOKEN = "The token in the address is not one for this task.";

export interface ReportRouteOptions {
  incoming: IncomingWebhooks;
  transitions: Transitions;
  /** All that are in force make tokens. */
  secrets: Pick<LiveSecrets<readonly WebhookSecret[]>, "current">;
  metrics: Registry;
}

interface ReadReport {
  report: TaskReport;
  /** What the task returns or why it failed, as it is stored. */
  resultJson: string;
}

/** What a report may end: the attempt that its token speaks for; null: whichever is under way. */
type Proven = { attempt: { round: number; attempt: number } | null };

/**
 * `POST /webhook`: a remote that answered 202 reports how the task ended. Whoever has the task's token may,
 * and whoever may send tasks. A report that is early is taken; one that comes late, or again, changes
 * nothing. Checks in the order of the contract.
 */
export function addReportRoute(app: FastifyInstance, options: ReportRouteOptions): void {
  const { incoming, transitions, secrets, metrics } = options;
  const room = new CommandRoom();
  const answers = new Counter({
    name: "taskpulse_reports_total",
    help: "Answers to reports of remote workers, by status.",
    labelNames: ["status"],
    registers: [metrics],
  });

  incoming.addRoute(app, {
    path: PATH,
    docs: reportDocs,
    onAnswered: (status) => answers.inc({ status }),
    async take(request) {
      const { reply, body } = request;
      if (!incoming.isJson(request) || !mayKnock(request)) return;
      const read = readReport(reply, body);
      if (read === null) return;
      const proven = proofOf(request, read.report.task_id);
      if (proven === null) return;
      const { report, resultJson } = read;
      const verdict = report.event === "task_completed" ? "succeeded" : "failed";
      const reporting = room.run(resultJson.length, () =>
        transitions.report(report.task_id, proven.attempt, verdict, resultJson),
      );
      if (reporting === null) {
        refuseCommand(reply);
        return;
      }
      const outcome = await askStore(() => reporting);
      if (answered(reply, outcome)) answer(reply, report.task_id, outcome.value);
    },
  });

  /**
   * Before anything is parsed: a signature, where there is one or there must be one, and the token, where
   * the address says for which task it is. False when it was refused.
   */
  function mayKnock(request: WholeRequest): boolean {
    const { message, reply } = request;
    const { token, task_id: taskid } = queryOf(reply);
    const isSigned = Object.values(WEBHOOK_HEADERS).some((name) => name in message.headers);
    if ((isSigned || token === undefined) && incoming.checkSender(request, UNPROVEN) === null) {
      return false;
    }
    return token === undefined || taskid === undefined || proofOf(request, taskid) !== null;
  }

  /** Null when it was refused. */
  function proofOf({ message, reply }: WholeRequest, taskid: unknown): Proven | null {
    const { token } = queryOf(reply);
    if (token === undefined) return { attempt: null };
    if (typeof token === "string" && typeof taskid === "string") {
      const masters = secrets.current;
      const verified = verifyReportToken({ token, taskid, masters });
      if (verified.kind === "verified") return { attempt: verified };
    }
    incoming.refuse(message, "report_token");
    sendError(reply, "report_token_invalid", WRONG_TOKEN);
    return null;
  }
}

function queryOf(reply: FastifyReply): { token?: unknown; task_id?: unknown } {
  return reply.request.query ?? {};
}

/** Null when it was refused. */
function readReport(reply: FastifyReply, body: Buffer): ReadReport | null {
  const parsed = parseJson(body);
  if (parsed.kind === "notJson") {
    sendError(reply, "invalid_json", parsed.reason);
    return null;
  }
  const shape = shapeProblem(parsed.json, newWalk());
  const read =
    shape === null
      ? readFields(reportSchema, parsed.json)
      : { kind: "invalid" as const, errors: [{ path: "", message: shape }] };
  if (read.kind === "invalid") {
    sendFieldErrors(reply, read.errors);
    return null;
  }
  const { event, reason = NO_REASON } = read.value;
  if (event === "task_failed") {
    const error: TaskError = { type: "RemoteError", message: shortened(reason) };
    return { report: read.value, resultJson: JSON.stringify(error) };
  }
  // What was sent and not what the schema made of it, with all digits.
  const sent = (mayLoseDigits(parsed.text) ? parseExact(parsed.text) : parsed.json) as {
    retval?: unknown;
  };
  return { report: read.value, resultJson: JSON.stringify(sent.retval ?? null) };
}

function shortened(reason: string): string {
  return reason.length <= MAX_REASON ? reason : `${reason.slice(0, MAX_REASON)}…`;
}

function answer(reply: FastifyReply, taskid: string, outcome: ReportReply): FastifyReply {
  switch (outcome) {
    case "ended":
    case "unchanged":
      return reply.send({
        status: "success",
        retval: { task_id: taskid, changed: outcome === "ended" },
      } satisfies ReportAnswer);
    case "unknown":
      return sendError(
        reply,
        "not_found",
        "There is no such task, or it is older than what is kept.",
      );
    case "notRun":
      return sendError(
        reply,
        "task_state",
        "This task is only recorded, as it has neither a call nor a handler, so there is nothing to report.",
      );
    default:
      return outcome satisfies never;
  }
}
