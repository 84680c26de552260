import { setTimeout as sleep } from "node:timers/promises";
import { captureServer, until } from "@taskpulse/test-kit";
import { beforeEach, expect, test } from "vitest";
import { runWorker } from "../fixtures/running-worker.ts";
import { startRunsUnderTest } from "../fixtures/runs-under-test.ts";
import { startWorkerProcess } from "../fixtures/worker-process.ts";

const SUCCESS = { body: { status: "success", retval: 1 } };
/** Some seconds where nothing else runs: a lock of 4 s, looked at every 4 s. */
const TAKEN_OVER_MS = 20_000;
const LIMIT_MS = 90_000;
let nextId = 0;
beforeEach(() => {
  nextId += 1_000;
});

test.concurrent(
  "tasks of a killed worker are taken over within seconds, and the lost attempt counts",
  async () => {
    await using runs = await startRunsUnderTest();
    await using remote = await captureServer();
    await using first = await startWorkerProcess(runs.server.url, runs.env);
    remote.answer((request) => (request.path === "/once" || calls() < 2 ? "hang" : SUCCESS));
    const calls = () => remote.requests.filter(({ path }) => path === "/twice").length;
    const twice = await runs.send(nextId, {
      call: { url: `${remote.url}/twice`, timeout: 60 },
      retry_intervals: [0],
    });
    const once = await runs.send(nextId + 1, {
      call: { url: `${remote.url}/once`, timeout: 60 },
      max_retries: 0,
    });
    await remote.received(2);
    await using second = await startWorkerProcess(runs.server.url, runs.env);
    const killedAt = performance.now();
    await first.signal("SIGKILL");
    const done = await runs.reaches(twice, "succeeded", TAKEN_OVER_MS);
    expect(performance.now() - killedAt).toBeLessThan(TAKEN_OVER_MS);
    expect(done.attempts).toMatchObject([
      { attempt: 1, outcome: "failed", error: { type: "Interrupted" } },
      { attempt: 2, outcome: "succeeded" },
    ]);
    const failed = await runs.reaches(once, "failed", TAKEN_OVER_MS);
    expect(failed.error?.type).toBe("Interrupted");
    expect(remote.requests.map(({ path }) => path).sort()).toEqual(["/once", "/twice", "/twice"]);
    expect(second.child.exitCode).toBeNull();
  },
  LIMIT_MS,
);

test.concurrent(
  "a worker that stood still is taken over from, and what it says afterwards changes nothing",
  async () => {
    await using runs = await startRunsUnderTest();
    await using remote = await captureServer();
    await using first = await startWorkerProcess(runs.server.url, runs.env);
    let calls = 0;
    remote.answer(() =>
      ++calls === 1 ? { ...SUCCESS, delayMs: 300 } : { body: { status: "success", retval: 2 } },
    );
    const taskid = await runs.send(nextId, {
      call: { url: remote.url, timeout: 60 },
      retry_intervals: [0],
    });
    await remote.received(1);
    await first.signal("SIGSTOP");
    await using second = await startWorkerProcess(runs.server.url, runs.env);
    const done = await runs.reaches(taskid, "succeeded", TAKEN_OVER_MS);
    expect(done).toMatchObject({ result: 2, attempts: [{ error: { type: "Interrupted" } }, {}] });
    await first.signal("SIGCONT");
    nextId += 1;
    const next = await runs.send(nextId, { call: { url: remote.url } });
    await runs.reaches(next, "succeeded");
    expect(await runs.reaches(taskid, "succeeded")).toMatchObject({ result: 2 });
    expect(second.child.exitCode).toBeNull();
  },
  LIMIT_MS,
);

test.concurrent(
  "workers go on by themselves after Redis was killed and started again, time after time",
  async () => {
    await using runs = await startRunsUnderTest();
    await using remote = await captureServer();
    remote.answer(SUCCESS);
    await using _worker = await runWorker(runs.server.url, runs.env);
    for (let round = 0; round < 4; round++) {
      nextId += 1;
      const during = runs.send(nextId, { call: { url: remote.url } }).catch(() => null);
      await runs.server.kill();
      await during;
      await runs.server.restart();
      await until(async () => (await runs.redis.ping().catch(() => "")) === "PONG");
      nextId += 1;
      const after = await runs.send(nextId, { call: { url: remote.url } });
      await runs.reaches(after, "succeeded", TAKEN_OVER_MS);
    }
  },
  LIMIT_MS,
);

test.concurrent(
  "what a worker has done while Redis was away is stored when it is back, and done once",
  async () => {
    await using runs = await startRunsUnderTest();
    await using remote = await captureServer();
    await using _worker = await runWorker(runs.server.url, runs.env);
    remote.answer({ ...SUCCESS, delayMs: 700 });
    const taskid = await runs.send(nextId, { call: { url: remote.url } });
    await remote.received(1);
    await runs.server.kill();
    // As long as the call takes, and longer.
    await sleep(1_200);
    await runs.server.restart();
    const done = await runs.reaches(taskid, "succeeded", TAKEN_OVER_MS);
    expect(done.attempts).toHaveLength(1);
    expect(remote.requests).toHaveLength(1);
  },
  LIMIT_MS,
);

test.concurrent(
  "three workers run each task of a backlog once, and a new one takes over the feeding",
  async () => {
    await using runs = await startRunsUnderTest();
    await using remote = await captureServer();
    remote.answer(SUCCESS);
    const ids = await Promise.all(
      Array.from({ length: 600 }, (_, i) =>
        runs.send(nextId + i, {
          call: { url: `${remote.url}/${i}`, method: "GET" },
          priority: (["Low", "Moderate", "Major", "Critical"] as const)[i % 4] ?? "Low",
        }),
      ),
    );
    const workers = await Promise.all(
      [1, 2, 3].map(() => runWorker(runs.server.url, { ...runs.env, WORKER_CONCURRENCY: "5" })),
    );
    await workers[0]?.[Symbol.asyncDispose]();
    for (const taskid of ids) await runs.reaches(taskid, "succeeded", TAKEN_OVER_MS);
    expect(new Set(remote.requests.map(({ path }) => path)).size).toBe(600);
    expect(remote.requests).toHaveLength(600);
    for (const worker of workers.slice(1)) await worker[Symbol.asyncDispose]();
  },
  LIMIT_MS,
);

test(
  "a Critical task begins at once under a backlog of Low, and Low goes on under a stream of Critical",
  async () => {
    await using runs = await startRunsUnderTest();
    await using remote = await captureServer();
    remote.answer((request) => ({ ...SUCCESS, delayMs: request.path === "/low" ? 20 : 5 }));
    await using _worker = await runWorker(runs.server.url, {
      ...runs.env,
      WORKER_CONCURRENCY: "10",
    });
    const low = () => remote.requests.filter(({ path }) => path === "/low").length;
    await Promise.all(
      Array.from({ length: 3_000 }, (_, i) =>
        runs.send(nextId + i, { call: { url: `${remote.url}/low` }, priority: "Low" }),
      ),
    );
    await until(() => low() > 20);
    const sentAt = Date.now();
    const critical = { call: { url: `${remote.url}/critical` }, priority: "Critical" } as const;
    await runs.send(nextId + 5_000, critical);
    await until(() => remote.requests.some(({ path }) => path === "/critical"));
    const begun = remote.requests.find(({ path }) => path === "/critical");
    expect((begun?.at ?? 0) - sentAt).toBeLessThan(250);
    await Promise.all(
      Array.from({ length: 400 }, (_, i) => runs.send(nextId + 6_000 + i, critical)),
    );
    const before = low();
    await until(() => remote.requests.filter(({ path }) => path === "/critical").length > 400);
    expect(low() - before).toBeGreaterThan(10);
    // Never more than 250 of one priority are ahead of what runs.
    const ahead = await runs.redis.llen(`${runs.keys.bullPrefix}:low:wait`);
    expect(ahead).toBeLessThanOrEqual(250);
  },
  LIMIT_MS,
);

test.concurrent(
  "a stop interrupts what does not end in time; it is taken up again after the next start",
  async () => {
    await using runs = await startRunsUnderTest();
    await using remote = await captureServer();
    remote.answer("hang");
    const worker = await startWorkerProcess(runs.server.url, runs.env);
    const taskid = await runs.send(nextId, {
      call: { url: remote.url, timeout: 60 },
      retry_intervals: [0],
    });
    await remote.received(1);
    await worker.signal("SIGTERM");
    expect(worker.child.exitCode).toBe(0);
    expect((await runs.reaches(taskid, "retrying")).attempts).toMatchObject([
      { error: { type: "Interrupted" } },
    ]);
    remote.answer(SUCCESS);
    await using _next = await startWorkerProcess(runs.server.url, runs.env);
    await runs.reaches(taskid, "succeeded");
  },
  LIMIT_MS,
);
