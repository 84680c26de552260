import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Priority } from "@taskpulse/contract";
import { freePort, until } from "@taskpulse/test-kit";
import { Pool } from "undici";
import { type Child, startChild } from "./child.ts";
import { median } from "./ingest.ts";
import { type Percentiles, percentiles } from "./percentiles.ts";
import { signedRequest } from "./signed.ts";
import type { System } from "./system.ts";

/** What an endpoint has noted since it was last asked; times in ms since the epoch. */
interface Noted {
  arrivals: Record<string, number>;
  calls: Record<string, number>;
}

interface Endpoint extends AsyncDisposable {
  url: string;
  noted(): Promise<Noted>;
}

async function startEndpoint(delayMs: number): Promise<Endpoint> {
  const port = await freePort();
  const child: Child = await startChild("./endpoint.ts", [String(port), String(delayMs)]);
  return {
    url: `http://127.0.0.1:${port}`,
    noted: () => child.ask<Noted>("noted"),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

class Sender implements AsyncDisposable {
  readonly batchid = randomUUID();
  readonly #pool: Pool;
  #next = 0;

  constructor(system: System) {
    this.#pool = new Pool(system.consumer, { connections: 32 });
  }

  /** Stores so many tasks that call `path` of the endpoint, in one request. @returns their ids */
  async send(
    endpoint: Endpoint,
    { path = "/", priority = "Moderate" as Priority, count = 1 },
  ): Promise<number[]> {
    const ids = Array.from({ length: count }, () => this.#next++);
    const tasks = ids.map((id) => ({
      ...{ batchid: this.batchid, id, owner: "Jennifer Miles", priority },
      call: { url: `${endpoint.url}${path}?id=${id}`, method: "GET" },
    }));
    const body = JSON.stringify(tasks);
    const response = await this.#pool.request({
      ...{ path: "/consumetasks", method: "POST" },
      ...signedRequest(`${this.batchid}-${ids[0]}`, body),
    });
    await response.body.dump();
    if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
    return ids;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool.destroy();
  }
}

export interface RunRateFigures {
  tasks: number;
  rounds: number[];
  medianTasksPerSecond: number;
}

/** Callback tasks end to end: from the first POST until the store says that the last has succeeded. */
export async function measureRunRate(
  system: System,
  { tasks, rounds }: { tasks: number; rounds: number },
): Promise<RunRateFigures> {
  await using endpoint = await startEndpoint(0);
  await using sender = new Sender(system);
  const rates: number[] = [];
  let succeeded = (await system.summary()).byState.succeeded;
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    const count = round === 0 ? Math.ceil(tasks / 4) : tasks;
    const start = performance.now();
    for (let sent = 0; sent < count; sent += 500) {
      await sender.send(endpoint, { count: Math.min(500, count - sent) });
    }
    succeeded += count;
    await until(async () => (await system.summary()).byState.succeeded === succeeded, {
      ...{ what: `${succeeded} tasks to succeed`, timeoutMs: 180_000, everyMs: 20 },
    });
    if (round > 0) rates.push((count * 1_000) / (performance.now() - start));
  }
  return { tasks, rounds: rates, medianTasksPerSecond: median(rates) };
}

export interface PickupFigures {
  perSecond: number;
  /** From the moment a POST was due to the arrival of the call at the endpoint, ms. */
  pickup: Percentiles;
}

/** Open loop, one task per request; the first two seconds do not count. */
export async function measurePickup(
  system: System,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<PickupFigures> {
  await using endpoint = await startEndpoint(0);
  await using sender = new Sender(system);
  const warmUp = 2 * perSecond;
  const dueAt = await sendPaced(sender, endpoint, {
    perSecond,
    count: warmUp + seconds * perSecond,
  });
  await allSucceeded(system, dueAt.length);
  const { arrivals } = await endpoint.noted();
  const waits = dueAt.map((due, id) => (arrivals[id] ?? Number.POSITIVE_INFINITY) - due);
  return { perSecond, pickup: percentiles(waits.slice(warmUp)) };
}

async function sendPaced(
  sender: Sender,
  endpoint: Endpoint,
  { perSecond, count }: { perSecond: number; count: number },
): Promise<number[]> {
  const dueAt: number[] = [];
  const open: Promise<unknown>[] = [];
  const start = performance.timeOrigin + performance.now() + 100;
  while (dueAt.length < count) {
    const now = performance.timeOrigin + performance.now();
    while (dueAt.length < count && start + (dueAt.length * 1_000) / perSecond <= now) {
      dueAt.push(start + (dueAt.length * 1_000) / perSecond);
      open.push(sender.send(endpoint, {}));
    }
    await sleep(1);
  }
  await Promise.all(open);
  return dueAt;
}

export interface UrgencyFigures {
  backlog: number;
  /** From the moment the POST of a Critical task was due to its call, ms, under the backlog. */
  criticalWait: Percentiles;
  /** Calls per second of Low tasks while Critical ones came as fast as they were run. */
  lowPerSecondBesideCritical: number;
  criticalPerSecond: number;
}

/** A backlog of Low tasks whose endpoint takes its time, and Critical ones that come among them. */
export async function measureUrgency(
  system: System,
  { backlog, samples, seconds }: { backlog: number; samples: number; seconds: number },
): Promise<UrgencyFigures> {
  await using endpoint = await startEndpoint(10);
  await using sender = new Sender(system);
  for (let sent = 0; sent < backlog; sent += 1_000) {
    await sender.send(endpoint, { path: "/low", priority: "Low", count: 1_000 });
  }
  const dueAt = new Map<number, number>();
  for (let sample = 0; sample < samples; sample++) {
    const due = performance.timeOrigin + performance.now();
    const [id] = await sender.send(endpoint, { path: "/critical", priority: "Critical" });
    dueAt.set(id ?? -1, due);
    await sleep(50);
  }
  await sleep(500);
  const { arrivals } = await endpoint.noted();
  const waits = [...dueAt].map(([id, due]) => (arrivals[id] ?? Number.POSITIVE_INFINITY) - due);
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until) {
    await sender.send(endpoint, { path: "/critical", priority: "Critical", count: 200 });
    await sleep(50);
  }
  const { calls } = await endpoint.noted();
  return {
    backlog,
    criticalWait: percentiles(waits),
    lowPerSecondBesideCritical: (calls["/low"] ?? 0) / seconds,
    criticalPerSecond: (calls["/critical"] ?? 0) / seconds,
  };
}

/** How many commands per second Redis counts while nothing happens, those inside scripts included. */
export async function measureIdle(system: System, seconds: number): Promise<number> {
  await sleep(3_000);
  const before = await system.redisCommands();
  await sleep(seconds * 1_000);
  // The question before counts in the answer.
  return ((await system.redisCommands()) - before - 1) / seconds;
}

async function allSucceeded(system: System, count: number): Promise<void> {
  await until(async () => (await system.summary()).byState.succeeded >= count, {
    ...{ what: `${count} tasks to succeed`, timeoutMs: 60_000, everyMs: 50 },
  });
}
