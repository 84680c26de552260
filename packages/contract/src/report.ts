import { z } from "zod";
import { taskidText } from "./task.ts";

/** What a remote's `task_failed` says where it gives no reason. */
export const NO_REASON = "the remote gave no reason";

/** `POST /webhook`: a remote that answered 202 tells how it went. Other fields mean nothing. */
export const reportSchema = z.looseObject({
  event: z.enum(["task_completed", "task_failed"]),
  task_id: taskidText,
  /** What the task returns; null where it is left out. */
  retval: z.unknown().optional(),
  reason: z.string().optional(),
});

export type TaskReport = z.infer<typeof reportSchema>;

/** `changed` is false when it came too late, or a second time. */
export interface ReportAnswer {
  status: "success";
  retval: { task_id: string; changed: boolean };
}
