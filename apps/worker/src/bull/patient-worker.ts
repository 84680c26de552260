import { setTimeout as sleep } from "node:timers/promises";
import { type Job, Worker } from "bullmq";

/** A pause between two looks for a job that Redis refused, in ms. */
const PAUSE_MS = 100;

/**
 * BullMQ's worker asks for the next job again at once when it was refused with anything but
 * "connection refused". While Redis is away our connection rejects without leaving the process, so
 * that loop would never let anything else run, not even the reconnection: the process would hang with
 * a full core. While Redis is full or loading, it would ask as fast as Redis answers. This one pauses.
 */
export class PatientWorker<Data, Result> extends Worker<Data, Result> {
  protected override async moveToActive(token: string, name?: string): Promise<Job<Data, Result>> {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      await sleep(PAUSE_MS);
      throw error;
    }
  }
}
