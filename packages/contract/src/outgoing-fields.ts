import { z } from "zod";
import { boundedNumber, wholeNumber } from "./bounds.ts";
import { type AskedHeaders, headerProblems } from "./header-problems.ts";

/** What can be said of a request that Taskpulse sends, wherever it is said: tasks, subscriptions. */

export const httpUrl = z.url({
  protocol: /^https?$/,
  error: "must be an http:// or https:// address",
});

export const timeoutSeconds = boundedNumber(0.5, 120, "seconds");
export const retries = wholeNumber(0, 10);

const INTERVALS = "must be an array of 1 to 10 numbers of seconds";
export const intervals = z
  .array(boundedNumber(0, 86_400, "seconds"), INTERVALS)
  .min(1, INTERVALS)
  .max(10, INTERVALS);

const AUTH = "must be an array of two texts: user and password";

/** How a webhook is sent; `refuseBadHeaders` belongs to whatever holds these fields. */
export const webhookRequestFields = {
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).optional().describe("Default: POST."),
  headers: z.record(z.string(), z.string()).optional(),
  cookies: z.record(z.string(), z.string()).optional(),
  auth: z
    .tuple([z.string(), z.string()], AUTH)
    .optional()
    .describe("User and password, for Basic authentication."),
  timeout: timeoutSeconds.optional().describe("Seconds. Default: 5."),
  max_retries: retries.optional().describe("Default: 3."),
  retry_intervals: intervals
    .optional()
    .describe("Seconds, the last one repeats, each ±20 %. Default: `[10,30,120]`."),
};

/** For `superRefine`: nothing that was asked for can begin another header or another request. */
export function refuseBadHeaders(asked: AskedHeaders, context: z.RefinementCtx): void {
  for (const { path, message } of headerProblems(asked)) {
    context.addIssue({ code: "custom", path: [path], message });
  }
}
