import { fileURLToPath } from "node:url";
import { measuredOn } from "@taskpulse/test-kit";
import { measureBoardMemory } from "./board-memory.ts";
import { measureDelivery } from "./delivery.ts";
import { type IngestFigures, measureIngest } from "./ingest.ts";
import { type LatencyFigures, measureLatency } from "./latency.ts";
import { writeReport } from "./report.ts";
import { measureIdle, measurePickup, measureRunRate, measureUrgency } from "./runs.ts";
import { type System, startSystem } from "./system.ts";
import { measureVerification } from "./verification.ts";

/** `--quick`: a tenth of the time, to see that it works; its figures are not for quoting. */
const quick = process.argv.includes("--quick");
const rounds = quick ? 1 : 5;
const seconds = quick ? 1 : 3;
const results = fileURLToPath(new URL(quick ? "../results/quick" : "../results", import.meta.url));

const machine = measuredOn(import.meta.dirname);

/** Every scenario begins with an empty store: what an earlier one left must not weigh on it. */
async function scenario<T>(name: string, measure: (system: System) => Promise<T>): Promise<T> {
  process.stdout.write(`${new Date().toISOString().slice(11, 19)}  ${name}\n`);
  await using system = await startSystem();
  return await measure(system);
}

const arrays = {
  boards: 0,
  signed: true,
  perRequest: 100,
  connections: 16,
  rounds: quick ? 1 : 3,
  seconds,
};
const redisBytesPerTask = await scenario("memory per task", async (system) => {
  const [memory, total] = [await system.redisMemory(), (await system.summary()).total];
  await measureIngest(system, { ...arrays, rounds: 1, seconds: 1 });
  const recorded = (await system.summary()).total - total;
  return ((await system.redisMemory()) - memory) / recorded;
});

const latency: LatencyFigures[] = [];
for (const perSecond of [200, 2_000]) {
  const plan = { perSecond, seconds: quick ? 2 : 10, warmUpSeconds: quick ? 1 : 2 };
  latency.push(
    await scenario(`POST to the browser at ${perSecond}/s`, (system) =>
      measureLatency(system, plan),
    ),
  );
}

const idleCommandsPerSecond = await scenario("nothing", (system) =>
  measureIdle(system, quick ? 5 : 20),
);
const pickup = await scenario("pickup of callback tasks", (system) =>
  measurePickup(system, { perSecond: 200, seconds: quick ? 2 : 10 }),
);
const runRate = await scenario("callback tasks end to end", (system) =>
  measureRunRate(system, { tasks: quick ? 2_000 : 10_000, rounds: quick ? 1 : 3 }),
);
const backlog = quick ? 10_000 : 100_000;
const urgency = await scenario("Critical under a backlog of Low", (system) =>
  measureUrgency(system, { backlog, samples: quick ? 10 : 100, seconds: quick ? 1 : 5 }),
);

const verification = [100, 2_048].map((bytes) => measureVerification(bytes, rounds));

const ingest: IngestFigures[] = [];
for (const [signed, boards] of [
  [true, 0],
  [true, 50],
  [false, 0],
  [false, 1],
  [false, 50],
] as const) {
  const plan = { boards, signed, perRequest: 1, connections: 64, rounds, seconds };
  const name = `single tasks, ${signed ? "signed" : "unsigned"}, ${boards} boards`;
  ingest.push(await scenario(name, (system) => measureIngest(system, plan)));
}
ingest.push(await scenario("arrays of 100", (system) => measureIngest(system, arrays)));

const batch = { tasks: quick ? 2_000 : 20_000, concurrency: 64, rounds: quick ? 1 : 3 };
const delivery = await scenario("the producer", (system) => measureDelivery(system, batch));

const seen = quick ? { few: 2_000, many: 10_000 } : { few: 20_000, many: 200_000 };
const boardMemory = await scenario("a board that has seen much", (system) =>
  measureBoardMemory(system, seen),
);

const table = await writeReport(results, {
  measuredAt: new Date().toISOString(),
  machine,
  ingest,
  verification,
  redisBytesPerTask,
  latency,
  delivery,
  boardMemory,
  idleCommandsPerSecond,
  pickup,
  runRate,
  urgency,
});
process.stdout.write(`\n${table}\n`);
