import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Deed } from "./deed.ts";

/** The attempt that a call says it is, by the token of its report address. */
interface NotedAttempt {
  readonly taskid: string;
  readonly round: number;
  readonly attempt: number;
  /** Milliseconds since the epoch, by a clock that no fault sets wrong. */
  readonly at: number;
}

/** A call has arrived. */
export interface CallNote extends NotedAttempt {
  readonly kind: "called";
  readonly webhookId: string;
  readonly deed: Deed;
}

/** A report was answered, with that status. */
export interface ReportNote extends NotedAttempt {
  readonly kind: "reported";
  readonly event: "task_completed" | "task_failed";
  readonly status: number;
  readonly answer: string;
}

/** A result webhook has arrived. */
export interface ResultNote {
  readonly kind: "told";
  readonly taskid: string;
  readonly at: number;
  readonly webhookId: string;
  readonly status: "finished" | "failed";
  /** HTTP status. */
  readonly answered: number;
  /** Of the body. */
  readonly hash: string;
}

export type Note = CallNote | ReportNote | ResultNote;

/** What a remote has heard, a line each: the system has it as soon as it is written, so it outlives the remote. */
export class Journal implements Disposable {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  write(note: Note): void {
    writeSync(this.#file, `${JSON.stringify(note)}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

export function readJournal(path: string): Note[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Note);
}
