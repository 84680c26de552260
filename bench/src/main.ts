import { fileURLToPath } from "node:url";
import { measureBoardMemory } from "./board-memory.ts";
import { measureDelivery } from "./delivery.ts";
import { type IngestFigures, measureIngest } from "./ingest.ts";
import { type LatencyFigures, measureLatency } from "./latency.ts";
import { describeMachine, writeReport } from "./report.ts";
import { startSystem } from "./system.ts";

/** `--quick`: a tenth of the time, to see that it works; its figures are not for quoting. */
const quick = process.argv.includes("--quick");
const rounds = quick ? 1 : 7;
const seconds = quick ? 1 : 4;
const results = fileURLToPath(new URL(quick ? "../results/quick" : "../results", import.meta.url));

function step(name: string): void {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)}  ${name}\n`);
}

await using system = await startSystem();

step("memory per task, and a warm-up");
const [memoryBefore, totalBefore] = [await system.redisMemory(), (await system.summary()).total];
await measureIngest(system, { boards: 0, perRequest: 100, connections: 8, rounds: 1, seconds: 1 });
const recorded = (await system.summary()).total - totalBefore;
const redisBytesPerTask = ((await system.redisMemory()) - memoryBefore) / recorded;

const latency: LatencyFigures[] = [];
for (const perSecond of [200, 2_000]) {
  step(`POST to the browser at ${perSecond}/s`);
  latency.push(await measureLatency(system, { perSecond, seconds: quick ? 2 : 15 }));
}

const ingest: IngestFigures[] = [];
for (const boards of [0, 1, 50]) {
  step(`single tasks, 64 connections, ${boards} boards`);
  const plan = { boards, perRequest: 1, connections: 64, rounds, seconds };
  ingest.push(await measureIngest(system, plan));
}
step("arrays of 100");
const arrays = { boards: 0, perRequest: 100, connections: 16, rounds: quick ? 1 : 3, seconds };
ingest.push(await measureIngest(system, arrays));

step("the producer");
const tasks = quick ? 2_000 : 20_000;
const delivery = await measureDelivery(system, { tasks, concurrency: 64, rounds: quick ? 1 : 3 });

step("a board that has seen much");
const seen = quick ? { few: 2_000, many: 10_000 } : { few: 20_000, many: 200_000 };
const boardMemory = await measureBoardMemory(system, seen);

const table = await writeReport(results, {
  measuredAt: new Date().toISOString(),
  machine: describeMachine(),
  ingest,
  redisBytesPerTask,
  latency,
  delivery,
  boardMemory,
});
process.stdout.write(`\n${table}\n`);
