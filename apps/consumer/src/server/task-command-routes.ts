import type { TaskState } from "@taskpulse/contract";
import { askStore, refuseOtherMethods, sendError } from "@taskpulse/runtime";
import { type CommandReply, isTaskid, type Transitions } from "@taskpulse/store";
import type { FastifyInstance, FastifyReply } from "fastify";
import { answered } from "./answered.ts";
import { CommandRoom, refuseCommand } from "./command-room.ts";
import { acceptBytes } from "./raw-body.ts";
import { commandDocs } from "./task-docs.ts";

type Command = "retry" | "cancel";

interface OneTask {
  Params: { taskid: string };
}

const UNKNOWN = "There is no such task, or it is older than what is kept.";

/** `POST /api/tasks/{taskid}/retry` and `/cancel`. */
export function addTaskCommandRoutes(app: FastifyInstance, transitions: Transitions): void {
  const room = new CommandRoom();

  void app.register(async (scope) => {
    // Nothing is asked of the body, so any is fine.
    acceptBytes(scope);
    for (const command of ["retry", "cancel"] as const) {
      const url = `/api/tasks/:taskid/${command}`;
      scope.post<OneTask>(
        url,
        { config: { docs: commandDocs[command] } },
        async (request, reply) => {
          const { taskid } = request.params;
          if (!isTaskid(taskid)) return sendError(reply, "not_found", UNKNOWN);
          const running = room.run(0, () => transitions[command](taskid));
          if (running === null) return refuseCommand(reply);
          const done = await askStore(() => running);
          return answered(reply, done) ? answer(reply, command, taskid, done.value) : reply;
        },
      );
      refuseOtherMethods(scope, url, ["POST"]);
    }
  });
}

function answer(
  reply: FastifyReply,
  command: Command,
  taskid: string,
  outcome: CommandReply,
): FastifyReply {
  switch (outcome) {
    case "changed":
      // A retry is begun, a cancellation is done.
      return command === "retry"
        ? reply.code(202).send({ taskid, state: "received" })
        : reply.send({ taskid, state: "cancelled" });
    case "unknown":
      return sendError(reply, "not_found", UNKNOWN);
    case "notRun":
      return sendError(
        reply,
        "task_state",
        `This task is only recorded, as it has neither a call nor a handler, so there is nothing to ${command}.`,
      );
    default: {
      const { unchanged: state } = outcome;
      // Asked twice, the second time there is nothing left to do.
      if (command === "cancel" && state === "cancelled") return reply.send({ taskid, state });
      return sendError(reply, "task_state", WHY_NOT[command](state));
    }
  }
}

const WHY_NOT: Record<Command, (state: TaskState) => string> = {
  cancel: (state) => `This task has ${state} already, so there is nothing left to cancel.`,
  retry: (state) =>
    state === "succeeded"
      ? "This task has succeeded; to do it again, send it as a new task under another id."
      : `This task is ${state}; it can be retried once it has failed or was cancelled, so wait for its end or cancel it.`,
};
