/**
 * A program of a user's: it knows Taskpulse only by the package that it has installed, serves tasks,
 * calls them through Taskpulse, and prints what came of it as JSON.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  createClient,
  HttpError,
  handlerTask,
  httpTask,
  later,
  RemoteError,
  type ReportTicket,
  reportOutcome,
  sendTask,
  sendTasks,
  TaskFailed,
  type TaskInput,
  TaskRefused,
  verifyWebhook,
  webhookTask,
} from "@taskpulse/client";

const { TASKPULSE_URL = "" } = process.env;
const warnings: string[] = [];
process.on("warning", ({ message }) => warnings.push(message));

/** A server of the program's own; its address is needed before its secret is known. */
const handlers = new Map<string, Parameters<typeof createServer>[1] & object>();
const server = createServer((request, response) => {
  const [path = ""] = (request.url ?? "").split("?", 1);
  const handler = handlers.get(path);
  if (handler !== undefined) return handler(request, response);
  response.writeHead(404).end();
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function secretOf(url: string): Promise<string> {
  const response = await fetch(`${TASKPULSE_URL}/api/destinations/secret`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ url }),
  });
  return ((await response.json()) as { secret: string }).secret;
}

const multiply = webhookTask(({ x, y }: { x: number; y: number }) => x * y, {
  secret: await secretOf(`${here}/multiply`),
});
const add = webhookTask(({ x, y }: { x: number; y: number }) => x + y);
const fail = webhookTask(() => {
  throw new Error("there is no disk");
});
const slowly = later(({ x }: { x: number }) => x * 2, { reportTo: [TASKPULSE_URL] });
let handedOff: ReportTicket | undefined;
const elsewhere = later((_args, report) => {
  handedOff = report.handOff();
});
for (const [path, task] of Object.entries({ multiply, add, fail, slowly, elsewhere })) {
  handlers.set(`/${path}`, task.node);
}
handlers.set("/text", (_request, response) => void response.end("no JSON"));
handlers.set("/teapot", (_request, response) => void response.writeHead(418).end());
handlers.set(
  "/moved",
  (_request, response) => void response.writeHead(302, { location: "/" }).end(),
);
handlers.set("/silent", () => {});
handlers.set("/odd", (_request, response) => void response.end('{"status":"maybe"}'));

const results: unknown[] = [];
const resultSecret = await secretOf(`${here}/results`);
handlers.set("/results", async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const webhook = verifyWebhook<number>({ secret: resultSecret, headers: request.headers, body });
  results.push(webhook.kind === "verified" ? webhook.payload.result : webhook);
  response.writeHead(webhook.kind === "verified" ? 204 : 401).end();
});

/** How a promise ended, in a form that can be printed. */
async function ended(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TaskFailed) {
      const { type, message, status } = error;
      return { type, message, ...(status === undefined ? {} : { status }) };
    }
    if (error instanceof TaskRefused) return { refused: error.errors.map(({ path }) => path) };
    return String(error);
  }
}

const quick = { retries: 0, timeout: 0.5 };
const call = (path: string) => httpTask(`${here}/${path}`, quick).postAsync({ x: 10 });
const handle = await httpTask<number>(`${here}/multiply`).getAsync({ x: 10, y: 10 });
const hundred: number = await handle.get();
const ofHandle = [hundred, handle.taskid, await handle.status(), await handle.cancel()];

const waiting = await httpTask(`${here}/add`).getAsync({}, { delay: 3_600 });
const follower = await httpTask(`${here}/add`).getAsync({}, { after: waiting });
await waiting.cancel();

const webhook = { url: `${here}/results` };
const told = httpTask<number>(`${here}/add`).postAsync({ x: 1, y: 2 }, { webhook });
await told.get();

const reported = httpTask<number>(`${here}/elsewhere`).postAsync();
while (handedOff === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
const changed = await reportOutcome(handedOff, { reason: "the other process gave up" });
const changedAgain = await reportOutcome(handedOff, { retval: 1 });

const stop = new AbortController();
const silent = await call("silent");
// Many may share one signal.
const aborted = Array.from({ length: 20 }, () => ended(silent.get({ signal: stop.signal })));
setTimeout(() => stop.abort(new Error("enough")), 50);

const batchid = crypto.randomUUID();
const task = (id: number): TaskInput => ({ batchid, id, owner: "Ann", priority: "Low" });

const failures: Record<string, unknown> = {};
for (const path of ["fail", "text", "teapot", "moved", "silent", "odd", "nowhere"]) {
  failures[path] = await ended(call(path).get());
}
const nobody = httpTask("http://127.0.0.1:1/", quick).getAsync();
const isRemote = await call("fail")
  .get()
  .catch((error: unknown) => error instanceof RemoteError);
const isHttp = await call("teapot")
  .get()
  .catch((error: unknown) => error instanceof HttpError);

const report = {
  handle: ofHandle,
  methods: await Promise.all(
    (["getAsync", "postAsync", "putAsync", "patchAsync", "deleteAsync", "headAsync"] as const).map(
      (method) => httpTask(`${here}/add`)[method]({ x: 10, y: 10 }).get(),
    ),
  ),
  later: await httpTask<number>(`${here}/slowly`).postAsync({ x: 21 }).get(),
  elsewhere: [changed, changedAgain, await ended(reported.get())],
  handler: await handlerTask<number>("multiply").startAsync({ x: 6, y: 7 }).get(),
  unknownHandler: await ended(handlerTask("no-such-handler").startAsync()),
  failures: {
    ...failures,
    nobody: await ended(nobody.get().catch((error: TaskFailed) => error.type)),
    classes: [isRemote, isHttp],
  },
  cancelled: [await ended(waiting.get()), await ended(follower.get())],
  timeout: String(await ended(call("silent").get({ timeoutMs: 50 }))).slice(0, 11),
  aborted: [...new Set(await Promise.all(aborted))],
  sent: await sendTasks([task(1), task(2), task(1)]),
  refused: await ended(sendTask({ ...task(0), owner: "", call: { url: "ftp://host" } })),
  recorded: await ended(
    createClient()
      .task((await sendTask(task(3))).taskids[0] ?? "")
      .get(),
  ),
  results: await resultsCome(),
  warnings,
};

async function resultsCome(): Promise<unknown[]> {
  while (results.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  return results;
}

console.log(JSON.stringify(report));
await slowly.idle();
server.close();
server.closeAllConnections();
