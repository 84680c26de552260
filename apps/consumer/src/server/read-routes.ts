import { Readable } from "node:stream";
import { hideCredentials, type RowsAnswer, readFields } from "@taskpulse/contract";
import { refuseOtherMethods, sendError, sendFieldErrors } from "@taskpulse/runtime";
import {
  isTaskid,
  type Keys,
  readRows,
  readSummary,
  readTask,
  readTaskPage,
} from "@taskpulse/store";
import type { FastifyInstance } from "fastify";
import type { Redis } from "ioredis";
import { fromStore } from "./answered.ts";
import { ExportSlots } from "./export-slots.ts";
import { CSV_LIMIT_MS, readTaskCsv } from "./task-csv.ts";
import {
  csvDocs,
  csvQuery,
  detailDocs,
  listDocs,
  pageQuery,
  rowsDocs,
  rowsQuery,
  summaryDocs,
} from "./task-docs.ts";

/** Each reads the log as fast as it can, on the connection that boards read from. */
const MAX_EXPORTS = 2;
const TOO_MANY_EXPORTS = `${MAX_EXPORTS} exports are being made already; try again in a moment.`;

/** What boards and programs read. Everything comes from the store, nothing from this process. */
export function addReadRoutes(
  app: FastifyInstance,
  { redis, keys }: { redis: Redis; keys: Keys },
): void {
  const exports = new ExportSlots(MAX_EXPORTS, () => performance.now());

  app.get("/api/summary", { config: { docs: summaryDocs } }, (_request, reply) =>
    fromStore(reply, () => readSummary(redis, keys)),
  );
  refuseOtherMethods(app, "/api/summary", ["GET"]);

  app.get("/api/tasks", { config: { docs: listDocs } }, async (request, reply) => {
    const query = readFields(pageQuery, request.query);
    if (query.kind === "invalid") return sendFieldErrors(reply, query.errors);
    return fromStore(reply, () => readTaskPage(redis, keys, query.value));
  });
  // POST: see `task-create-route.ts`.
  refuseOtherMethods(app, "/api/tasks", ["GET", "POST"]);

  app.get("/api/tasks.csv", { config: { docs: csvDocs } }, async (request, reply) => {
    const query = readFields(csvQuery, request.query);
    if (query.kind === "invalid") return sendFieldErrors(reply, query.errors);
    const { limit, ...wanted } = query.value;
    const deadlineMs = performance.now() + CSV_LIMIT_MS;
    const release = exports.take(deadlineMs);
    if (release === null) {
      reply.header("retry-after", "2");
      return sendError(reply, "overloaded", TOO_MANY_EXPORTS);
    }
    reply.raw.once("close", release);
    return fromStore(reply, async () => {
      const pieces = await readTaskCsv(redis, keys, wanted, limit, deadlineMs);
      return reply
        .type("text/csv; charset=utf-8; header=present")
        .header("content-disposition", 'attachment; filename="tasks.csv"')
        .send(Readable.from(pieces, { objectMode: false }));
    });
  });
  refuseOtherMethods(app, "/api/tasks.csv", ["GET"]);

  app.get("/api/rows", { config: { docs: rowsDocs } }, async (request, reply) => {
    const query = readFields(rowsQuery, request.query);
    if (query.kind === "invalid") return sendFieldErrors(reply, query.errors);
    return fromStore(reply, async (): Promise<RowsAnswer> => {
      const { taskids } = query.value;
      return { tasks: await readRows(redis, keys, taskids) };
    });
  });
  refuseOtherMethods(app, "/api/rows", ["GET"]);

  app.get<{ Params: { taskid: string } }>(
    "/api/tasks/:taskid",
    { config: { docs: detailDocs } },
    (request, reply) =>
      fromStore(reply, async () => {
        const { taskid } = request.params;
        const task = isTaskid(taskid) ? await readTask(redis, keys, taskid) : null;
        return task === null
          ? sendError(
              reply,
              "not_found",
              "There is no such task, or it is older than what is kept.",
            )
          : { ...task, task: hideCredentials(task.task) };
      }),
  );
  refuseOtherMethods(app, "/api/tasks/:taskid", ["GET"]);
}
