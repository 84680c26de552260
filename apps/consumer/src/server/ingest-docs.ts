import {
  type IngestAnswer,
  MAX_TASKS_PER_REQUEST,
  type ReportAnswer,
  reportSchema,
} from "@taskpulse/contract";
import { READ_ERRORS, type RouteDocs } from "@taskpulse/runtime";
import { z } from "zod";
import { INCOMING_ERRORS, STORING_ERRORS, signatureHeaders } from "./shared-docs.ts";
import { taskidShape, taskShape } from "./task-shapes.ts";

const takenShape = z.object({
  status: z.literal("success"),
  retval: z.object({
    accepted: z.int().describe("How many are new."),
    duplicates: z.int().describe("How many were there already."),
    conflicts: z.int().describe("How many of those have other fields; they stay as they are."),
    taskids: z.array(taskidShape),
  }),
}) satisfies z.ZodType<IngestAnswer>;

export const ingestDocs: RouteDocs = {
  id: "consumeTasks",
  tag: "Sending tasks",
  summary: "Send one task, or several, as a signed webhook",
  description: `Answered once they are durable. An array of 1 to ${MAX_TASKS_PER_REQUEST} is taken as a whole, or not at all. A task is identified by \`batchid\` and \`id\`: to send it again changes nothing.\n\nSigned as Standard Webhooks 1.0.0 says, unless REQUIRE_SIGNATURE is false.`,
  headers: z.object(signatureHeaders),
  body: {
    schema: z.union([taskShape, z.array(taskShape).min(1).max(MAX_TASKS_PER_REQUEST)]),
    example: { batchid: "invoices", id: 7, owner: "Ann", priority: "Major" },
  },
  answers: { 200: { description: "They are durable.", schema: takenShape } },
  errors: [...INCOMING_ERRORS, ...STORING_ERRORS],
};

const reportedShape = z.object({
  status: z.literal("success"),
  retval: z.object({
    task_id: taskidShape,
    changed: z.boolean().describe("False when it came too late, or again."),
  }),
}) satisfies z.ZodType<ReportAnswer>;

export const reportDocs: RouteDocs = {
  id: "reportOutcome",
  tag: "Sending tasks",
  summary: "Report how a task ended whose call was answered 202",
  description:
    "A call carries the address to report to in its `taskpulse-report-url` header, with a token for this attempt. Without it, a report must be signed as incoming tasks are. It may come before the 202 has been read; a repeat changes nothing.",
  query: z.object({
    task_id: z.string().optional().describe("As the report address has it."),
    token: z.string().optional().describe("As the report address has it."),
  }),
  headers: z.object(signatureHeaders),
  body: {
    schema: reportSchema,
    example: { event: "task_completed", task_id: "a2c4e6g8i0k2m4o6q8s0u2w4y6", retval: 100 },
  },
  answers: { 200: { description: "It is known.", schema: reportedShape } },
  errors: [
    ...INCOMING_ERRORS,
    ...(["report_token_invalid", "invalid_request", "not_found", "task_state"] as const),
    ...READ_ERRORS,
  ],
};
