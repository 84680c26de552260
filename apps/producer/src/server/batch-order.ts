import { randomInt, randomUUID } from "node:crypto";
import {
  type BatchRequest,
  batchRequestSchema,
  type ReadFields,
  readFields,
} from "@taskpulse/contract";
import { uuidOf } from "@taskpulse/runtime";
import type { BatchOrder } from "@taskpulse/store";

/** @param body the parsed JSON; undefined when there was no body, which means: all defaults */
export function readBatchRequest(body: unknown): ReadFields<BatchRequest> {
  return readFields(batchRequestSchema, body === undefined ? {} : body);
}

export interface BatchDefaults {
  minTasks: number;
  maxTasks: number;
  waitSeconds: number;
}

/**
 * Fills in what the request leaves open. A bound that is given moves the other one if it must.
 *
 * @param key what the caller names this start with; the same key makes the same `batchid`
 */
export function toBatchOrder(
  request: BatchRequest,
  defaults: BatchDefaults,
  key: string | null,
): BatchOrder {
  const min = request.min ?? Math.min(defaults.minTasks, request.max ?? defaults.minTasks);
  const max = request.max ?? Math.max(defaults.maxTasks, min);
  return {
    batchid: key === null ? randomUUID() : uuidOf(key),
    total: request.count ?? randomInt(min, max + 1),
    waitSeconds: request.waitSeconds ?? defaults.waitSeconds,
    concurrency: request.concurrency ?? 1,
    seed: request.seed ?? randomInt(0, 2 ** 32),
    mix: request.mix ?? null,
  };
}
