import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Deed, deedAt } from "./deed.ts";
import { type CallNote, Journal } from "./journal.ts";
import { insistOnReport, REASON } from "./report-back.ts";
import { RESULT_PATHS, takeResult } from "./take-result.ts";

/**
 * One remote: an HTTP server, as a process of its own, that does with each call what its path says.
 * It remembers nothing, so that it can be killed at any time; what it has heard is in its journal.
 *
 * Arguments: port, file of the journal.
 */
const SLOW_MS = [100, 500] as const;
const LATE_MS = [50, 900] as const;
const EARLY_LIMIT_MS = 600;

const [port = "", path = ""] = process.argv.slice(2);
const journal = new Journal(path);

const server = createServer((request, response) => {
  // Whoever calls may go away at any time.
  request.on("error", () => {});
  response.on("error", () => {});
  const body: Buffer[] = [];
  request.on("data", (part: Buffer) => body.push(part));
  request.on("end", () => void answer(request, Buffer.concat(body), response));
});
server.listen(Number(port), "127.0.0.1", () => process.send?.("serving"));
process.on("disconnect", () => process.exit());

async function answer(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? "", "http://remote");
  if (pathname === "/healthz") return send(response, 200, {});
  const webhookId = header(request, "webhook-id");
  if (RESULT_PATHS.some((path) => path === pathname)) {
    return send(response, takeResult(pathname, webhookId, body, journal), {});
  }
  const reportUrl = header(request, "taskpulse-report-url");
  const [, round, attempt] = /[?&]token=(\d+)\.(\d+)\./.exec(reportUrl) ?? [];
  const deed = deedAt(pathname, Number(attempt));
  if (deed === null) return send(response, 404, {});
  const call: CallNote = {
    kind: "called",
    ...{ taskid: header(request, "taskpulse-task-id"), round: Number(round) },
    ...{ attempt: Number(attempt), at: Date.now() },
    ...{ webhookId, deed },
  };
  journal.write(call);
  await follow(deed, call, reportUrl, response);
}

async function follow(
  deed: Deed,
  call: CallNote,
  reportUrl: string,
  response: ServerResponse,
): Promise<void> {
  const report = (event: "task_completed" | "task_failed") =>
    insistOnReport({ url: reportUrl, call, event, journal });
  switch (deed) {
    case "slow":
      await sleep(between(...SLOW_MS));
      return succeed(response, call);
    case "ok":
      return succeed(response, call);
    case "fail":
      return send(response, 200, { status: "failure", reason: REASON });
    case "500":
    case "503":
      return send(response, Number(deed), {});
    case "hang":
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "early":
      // A consumer that is away must not keep the 202 from coming.
      await Promise.race([report("task_completed"), sleep(EARLY_LIMIT_MS)]);
      return send(response, 202, {});
    case "late":
    case "late-fail":
    case "twice": {
      send(response, 202, {});
      await sleep(between(...LATE_MS));
      const event = deed === "late-fail" ? "task_failed" : "task_completed";
      await Promise.all(deed === "twice" ? [report(event), report(event)] : [report(event)]);
      return;
    }
    case "never":
      return send(response, 202, {});
    default:
      deed satisfies never;
  }
}

/** What it returns says which call it was, so that a result can be traced to it. */
function succeed(response: ServerResponse, { taskid, round, attempt }: CallNote): void {
  send(response, 200, { status: "success", retval: { taskid, round, attempt } });
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function header(request: IncomingMessage, name: string): string {
  return String(request.headers[name] ?? "");
}

function between(from: number, to: number): number {
  return from + Math.random() * (to - from);
}
