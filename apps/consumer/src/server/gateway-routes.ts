import {
  type DoneAnswer,
  type FailureResult,
  type GatewayState,
  isFinal,
  type StatusAnswer,
  type TaskStateAnswer,
} from "@taskpulse/contract";
import { askStore, refuseOtherMethods, sendError, sendFieldErrors } from "@taskpulse/runtime";
import { isTaskid, type Keys, readTaskOutcome, type TaskOutcome } from "@taskpulse/store";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Redis } from "ioredis";
import { answered } from "./answered.ts";
import { gatewayDocs } from "./gateway-docs.ts";

interface OneTask {
  Params: { id: string };
}

/**
 * What the HTTP gateway answers those who wait: `GET /tasks/{id}/done`, `GET /tasks/{id}/status` and
 * `GET /task_status/?task_id=`, each with and without a slash at its end.
 */
export function addGatewayRoutes(
  app: FastifyInstance,
  { redis, keys }: { redis: Redis; keys: Keys },
): void {
  for (const slash of ["", "/"]) {
    const done = `/tasks/:id/done${slash}`;
    app.get<OneTask>(
      done,
      { config: { docs: slash === "" ? gatewayDocs.done : "alias" } },
      async (request, reply) => {
        const { id } = request.params;
        const task = await findTask(reply, id);
        if (task === null) return reply;
        const { state } = task;
        const executed = state === "succeeded" || state === "failed";
        return { task: { id, executed, ended: isFinal(state) } } satisfies DoneAnswer;
      },
    );
    refuseOtherMethods(app, done, ["GET"]);

    const status = `/tasks/:id/status${slash}`;
    app.get<OneTask>(
      status,
      { config: { docs: slash === "" ? gatewayDocs.status : "alias" } },
      async (request, reply) => {
        const { id } = request.params;
        const task = await findTask(reply, id);
        if (task === null) return reply;
        return {
          task: { id, status: gatewayState(task), result: resultOf(task) },
        } satisfies StatusAnswer;
      },
    );
    refuseOtherMethods(app, status, ["GET"]);

    const state = `/task_status${slash}`;
    app.get<{ Querystring: { task_id?: unknown } }>(
      state,
      { config: { docs: slash === "/" ? gatewayDocs.state : "alias" } },
      async (request, reply) => {
        const { task_id: taskid } = request.query;
        if (typeof taskid !== "string") {
          return sendFieldErrors(reply, [{ path: "task_id", message: "must be one text" }]);
        }
        const found = await readOutcome(taskid);
        if (!answered(reply, found)) return reply;
        const task = found.value;
        if (task === null) return reply.code(404).send({ error: "not found" });
        const { error } = task;
        return {
          state: gatewayState(task),
          ...(error === null ? {} : { error: `${error.type}: ${error.message}` }),
        } satisfies TaskStateAnswer;
      },
    );
    refuseOtherMethods(app, state, ["GET"]);
  }

  function readOutcome(taskid: string) {
    return askStore(async () => (isTaskid(taskid) ? readTaskOutcome(redis, keys, taskid) : null));
  }

  /** Null when the refusal has been sent. */
  async function findTask(reply: FastifyReply, taskid: string): Promise<TaskOutcome | null> {
    const found = await readOutcome(taskid);
    if (!answered(reply, found)) return null;
    if (found.value === null) {
      sendError(reply, "not_found", "There is no such task, or it is older than what is kept.");
    }
    return found.value;
  }
}

function resultOf({ result, error }: TaskOutcome): unknown {
  if (error === null) return result;
  const { type, message } = error;
  return { error: { type, message } } satisfies FailureResult;
}

function gatewayState({ state, runnable }: TaskOutcome): GatewayState {
  if (!runnable) return "RECEIVED";
  switch (state) {
    case "received":
    case "waiting":
    case "queued":
      return "PENDING";
    case "running":
      return "STARTED";
    case "retrying":
      return "RETRY";
    case "succeeded":
      return "SUCCESS";
    case "failed":
      return "FAILURE";
    case "cancelled":
      return "REVOKED";
    default:
      return state satisfies never;
  }
}
