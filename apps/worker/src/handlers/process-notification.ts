import { z } from "zod";
import { httpAddress, probability } from "./arg-types.ts";
import { defineHandler } from "./define-handler.ts";
import { HandlerFailure } from "./failures.ts";

const message = z.string().max(10_000).describe("Is sent along.").optional();

/**
 * What a webhook handler leaves for later, to be watched: a step that may fail at random, and calls a service
 * that may be slow. A failed step is tried again 5 s later, at most 3 times.
 *
 * @param random from 0 to 1
 */
export const processNotification = (random: () => number = Math.random) =>
  defineHandler({
    name: "process_notification",
    description: "Processes a notification: fails at random, if asked to, and calls an address.",
    args: z.object({
      url: httpAddress().describe("Is called; left out: nothing is.").optional(),
      method: z.enum(["POST", "GET"]).describe("POST, with a JSON body, or GET.").default("POST"),
      failure_probability: probability()
        .describe("How likely it is to fail before it calls anything; default 0.")
        .default(0),
      message,
    }),
    retries: { maxRetries: 3, intervals: [5] },
    async run({ url, method, failure_probability, message }, { taskid, attempt, call }) {
      if (random() < failure_probability) {
        throw new HandlerFailure(`failed at random, with a probability of ${failure_probability}`);
      }
      if (url === undefined) return { called: false };
      const began = performance.now();
      const body = { task_id: taskid, attempt, message };
      const { status } = await call(method === "POST" ? { url, body } : { url });
      return { called: true, status, duration_ms: Math.round(performance.now() - began) };
    },
  });
