import type { Priority } from "@taskpulse/contract";
import type { CommandAccount } from "../load/command-load.ts";
import { identityOf, type Ledger } from "../load/ledger.ts";
import type { RunTask, RunTasks } from "../load/run-task.ts";

/** A task that has to have been run, and what is known of it from outside. */
export interface ExpectedRun
  extends Pick<
    RunTask,
    "taskid" | "script" | "maxRetries" | "intervals" | "after" | "hasWebhook" | "product"
  > {
  readonly priority: Priority;
  /** When it may be called first, in milliseconds since the epoch. */
  readonly notBefore: number;
  /** For the reader: "number 12, 503.ok". */
  readonly name: string;
  /** What was asked for it later. */
  readonly command: CommandAccount | null;
}

/** Every task to be run that anybody was acknowledged. */
export function expectedRuns(
  ledger: Ledger,
  tasks: RunTasks,
  commands: ReadonlyMap<string, CommandAccount>,
): ExpectedRun[] {
  const expected: ExpectedRun[] = [];
  for (const [key, { sender, sentAt, firstAckAt }] of ledger.accounts) {
    if (sender !== "runs" || firstAckAt === null) continue;
    const n = tasks.numberOf(...identityOf(key));
    if (n === null) continue;
    const task = tasks.at(n);
    const does = task.product === null ? task.script.join(".") : "multiply";
    const name = `number ${n}, ${does}`;
    const { priority, delay = 0 } = task.body;
    const notBefore = sentAt + delay * 1_000;
    expected.push({
      ...task,
      name,
      priority,
      notBefore,
      command: commands.get(task.taskid) ?? null,
    });
  }
  return expected;
}
