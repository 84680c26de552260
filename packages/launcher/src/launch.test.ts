import { readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort, isAlive, until } from "@taskpulse/test-kit";
import { expect, it } from "vitest";
import { FixtureRoot, freePorts } from "../fixtures/fixture-root.ts";
import type { Instance } from "./instance-file.ts";
import { probeRedis } from "./redis-probe.ts";

const redisPort = (instance: Instance) => Number(new URL(instance.redisUrl).port);
const pid = (instance: Instance | undefined, part: string) => instance?.pids[part] ?? 0;

function gone(instance: Instance) {
  return until(() => !Object.values(instance.pids).some(isAlive), {
    what: "every process to end",
    timeoutMs: 15_000,
  });
}

it("starts everything, says where it is, and stops it in order on one Ctrl-C", async () => {
  await using root = await FixtureRoot.make();
  const first = root.launch();
  const instance = await first.ready();
  expect(Object.keys(instance.pids).sort()).toEqual([
    "consumer",
    "launcher",
    "producer",
    "redis",
    "worker",
  ]);
  expect(Object.values(instance.pids).every(isAlive)).toBe(true);
  expect(statSync(join(root.dataDir, "instance.json")).mode & 0o777).toBe(0o600);
  expect(await (await fetch(instance.producer)).text()).toBe("producer built");
  expect(await (await fetch(instance.consumer)).text()).toBe("consumer built");
  expect(await (await fetch(instance.worker)).text()).toBe("worker built");
  const { producer, consumer, worker, redisUrl } = instance;
  for (const address of [producer, consumer, worker, redisUrl]) {
    expect(first.printed).toContain(address);
  }
  await probeRedis(redisPort(instance), "SET pulse 72");

  first.child.kill("SIGINT");
  first.child.kill("SIGINT");
  expect(await first.exited).toBe(0);
  await gone(instance);
  const stops = root.events().slice(-3);
  // Producer and worker call the consumer while they stop, and nobody calls them.
  expect(stops.slice(0, 2).sort()).toEqual([
    "producer stopped by SIGTERM, Redis there",
    "worker stopped by SIGTERM, Redis there",
  ]);
  expect(stops[2]).toBe("consumer stopped by SIGTERM, Redis there");
  expect(root.instance()).toBeUndefined();

  const second = root.launch();
  const again = await second.ready();
  const answer = await probeRedis(redisPort(again), "GET pulse");
  expect(answer).toMatchObject({ text: "$2\r\n72\r\n" });
});

it("leaves nothing behind when it is killed, and starts again on the same data at once", async () => {
  await using root = await FixtureRoot.make();
  const first = root.launch();
  const instance = await first.ready();
  await probeRedis(redisPort(instance), "SET pulse 72");
  first.child.kill("SIGKILL");
  const second = root.launch();
  const again = await second.ready();
  await gone({ ...instance, pids: { ...instance.pids } });
  expect(await probeRedis(redisPort(again), "GET pulse")).toMatchObject({ text: "$2\r\n72\r\n" });
});

it("leaves no build behind when it is killed, and waits for one that is not over yet", async () => {
  await using root = await FixtureRoot.make();
  const pids = join(root.folder, "pids");
  root.turbo(`case "$*" in *--dry*) exit 0;; esac
sleep 600 &
echo $$ $! > ${pids}.new && mv ${pids}.new ${pids}
wait`);
  const killed = root.launch();
  const building = await until(() => readFileSync(pids, "utf8").trim().split(" ").map(Number));
  expect(building.map(isAlive)).toEqual([true, true]);
  killed.child.kill("SIGKILL");
  await until(() => !building.some(isAlive), { what: "the build to end" });

  const mark = join(root.folder, "mark");
  root.turbo(`case "$*" in *--dry*) exit 0;; esac
[ -e ${mark} ] && exit 0
touch ${mark}
echo "Another next build process is already running."
exit 1`);
  await root.launch().ready();
});

it("stops in order when the process that started it is gone", async () => {
  await using root = await FixtureRoot.make();
  const launched = root.launch();
  const instance = await launched.ready();
  launched.child.disconnect();
  expect(await launched.exited).toBe(0);
  await gone(instance);
  expect(root.events().at(-1)).toBe("consumer stopped by SIGTERM, Redis there");
});

it("restarts a part that crashes, Redis on the same port", async () => {
  await using root = await FixtureRoot.make();
  const launched = root.launch();
  const instance = await launched.ready();
  process.kill(pid(instance, "consumer"), "SIGKILL");
  await until(() => launched.printed.includes("consumer is back"));
  expect(pid(root.instance(), "consumer")).not.toBe(pid(instance, "consumer"));
  await fetch(`${instance.producer}/crash`).catch(() => {});
  await until(() => launched.printed.includes("producer is back"));
  expect(launched.printed).toContain("producer ended (code 3); starting it again in 0.2 s");
  process.kill(pid(instance, "worker"), "SIGKILL");
  await until(() => launched.printed.includes("worker is back"));
  process.kill(pid(instance, "redis"), "SIGKILL");
  await until(() => launched.printed.includes("Redis is back"));
  expect(root.instance()?.redisUrl).toBe(instance.redisUrl);
  expect(await probeRedis(redisPort(instance), "PING")).toMatchObject({ text: "+PONG\r\n" });
  launched.child.kill("SIGTERM");
  expect(await launched.exited).toBe(0);
});

it("ends with a sentence after five crashes within a minute", async () => {
  await using root = await FixtureRoot.make();
  const launched = root.launch({ env: { FIXTURE_CONSUMER: "crash" } });
  expect(await launched.exited).toBe(1);
  expect(launched.printed).toContain("the fifth crash within a minute");
  expect(launched.printed).not.toMatch(/^\s+at /m);
});

it("ends at once when a part says that starting again would not help", async () => {
  await using root = await FixtureRoot.make();
  const launched = root.launch({ env: { FIXTURE_CONSUMER: "refuse" } });
  expect(await launched.exited).toBe(1);
  expect(launched.printed).toContain("this data is newer than this program");
  expect(launched.printed).not.toContain("starting it again");
});

it("wakes stopped parts to stop them in order", async () => {
  await using root = await FixtureRoot.make();
  const launched = root.launch();
  const instance = await launched.ready();
  for (const part of ["consumer", "redis"]) process.kill(pid(instance, part), "SIGSTOP");
  launched.child.kill("SIGTERM");
  expect(await launched.exited).toBe(0);
  await gone(instance);
});

it("kills parts that do not stop in time, and the rest still stops in order", async () => {
  await using root = await FixtureRoot.make();
  const launched = root.launch({ env: { FIXTURE_PRODUCER: "deaf", FIXTURE_WORKER: "deaf" } });
  const instance = await launched.ready();
  const askedAt = performance.now();
  launched.child.kill("SIGTERM");
  expect(await launched.exited).toBe(0);
  expect(performance.now() - askedAt).toBeLessThan(15_000);
  expect(launched.printed).toContain("producer did not stop within 10 s: killed.");
  expect(launched.printed).toContain("worker did not stop within 10 s: killed.");
  expect(root.events().at(-1)).toBe("consumer stopped by SIGTERM, Redis there");
  await gone(instance);
});

it("kills everything at a second Ctrl-C", async () => {
  await using root = await FixtureRoot.make();
  const launched = root.launch({ env: { FIXTURE_PRODUCER: "deaf" } });
  const instance = await launched.ready();
  launched.child.kill("SIGINT");
  const firstAt = performance.now();
  await until(() => performance.now() - firstAt > 2_050);
  launched.child.kill("SIGINT");
  await launched.exited;
  expect(performance.now() - firstAt).toBeLessThan(5_000);
  await gone(instance);
});

it("stops while it is still starting", async () => {
  await using root = await FixtureRoot.make();
  const launched = root.launch({ env: { FIXTURE_CONSUMER: "slow" } });
  await until(() => root.events().some((event) => event.startsWith("consumer started")));
  launched.child.kill("SIGINT");
  expect(await launched.exited).toBe(0);
  expect(launched.printed).not.toContain("Ready");
});

it("refuses a second instance on the same data, and runs two on their own", async () => {
  await using root = await FixtureRoot.make();
  const instance = await root.launch().ready();
  const env = await freePorts();
  const second = root.launch({ env });
  expect(await second.exited).toBe(1);
  expect(second.printed).toContain("Another Taskpulse");
  expect(second.printed).toContain(instance.producer);

  const third = root.launch({ env: { ...env, DATA_DIR: join(root.folder, "other") } });
  await until(() => third.printed.includes("Ready in"));
  third.child.kill("SIGTERM");
  expect(await third.exited).toBe(0);
  expect(Object.values(instance.pids).every(isAlive)).toBe(true);
});

it("refuses busy ports, bad variables, unreachable Redis and a broken build with a sentence", async () => {
  await using root = await FixtureRoot.make();
  await root.launch().ready();
  const other = { DATA_DIR: join(root.folder, "other") };
  const ports = await freePorts();
  const { PRODUCER_PORT = "", CONSUMER_PORT = "" } = ports;
  const cases: Array<[Record<string, string>, RegExp]> = [
    [{}, /^Port \d+ is already in use: free it, or choose another with PRODUCER_PORT\.$/m],
    [{ PRODUCER_PORT: "x", WAIT_TIME: "y" }, /^PRODUCER_PORT must .*\n(.*\n)*WAIT_TIME must /m],
    [
      { PRODUCER_PORT, CONSUMER_PORT },
      /^Port \d+ is already in use: free it, or choose another with WORKER_PORT\.$/m,
    ],
    [
      {
        ...ports,
        REDIS_URL: `redis://:geheim@127.0.0.1:${await freePort()}`,
      },
      /^REDIS_URL redis:\/\/127\.0\.0\.1:\d+ can't be used/m,
    ],
    [{ ...ports, DATA_DIR: "/dev/null/x" }, /^DATA_DIR \/dev\/null\/x can't be used/m],
  ];
  for (const [env, sentence] of cases) {
    const launched = root.launch({ env: { ...other, ...env } });
    expect(await launched.exited).toBe(1);
    expect(launched.printed).toMatch(sentence);
    expect(launched.printed).not.toMatch(/^\s+at |geheim/m);
  }
  root.turbo("echo 'page.tsx: cannot find module'; exit 1");
  const broken = root.launch({ env: { ...other, ...ports } });
  expect(await broken.exited).toBe(1);
  expect(broken.printed).toContain("page.tsx: cannot find module");
  expect(broken.printed).toContain("The build failed");
});

it("reads .env from the root, the environment first", async () => {
  await using root = await FixtureRoot.make();
  writeFileSync(join(root.folder, ".env"), "WAIT_TIME=nonsense\nPRODUCER_PORT=nonsense\n");
  const launched = root.launch();
  expect(await launched.exited).toBe(1);
  expect(launched.printed).toContain("WAIT_TIME must");
  expect(launched.printed).not.toContain("PRODUCER_PORT must");
});

it("goes on when nobody reads its output any more", async () => {
  await using root = await FixtureRoot.make();
  const launched = root.launch();
  const instance = await launched.ready();
  launched.child.stdout?.destroy();
  launched.child.stderr?.destroy();
  process.kill(pid(instance, "consumer"), "SIGKILL");
  await until(() => pid(root.instance(), "consumer") !== pid(instance, "consumer"));
  launched.child.kill("SIGTERM");
  await until(() => !isAlive(instance.pid), { timeoutMs: 15_000 });
  expect(root.events().at(-1)).toBe("consumer stopped by SIGTERM, Redis there");
});

it("starts an app again in dev when its server code changes", async () => {
  await using root = await FixtureRoot.make();
  root.turbo("exit 1");
  const launched = root.launch({ command: "dev" });
  const instance = await launched.ready();
  expect(await (await fetch(instance.consumer)).text()).toBe("consumer dev");
  const main = join(root.folder, "apps/consumer/src/main.ts");
  writeFileSync(main, readFileSync(main, "utf8").replace('"dev"', '"changed"'));
  await until(() => launched.printed.includes("consumer is back"));
  expect(await (await fetch(instance.consumer)).text()).toBe("consumer changed");
  expect(pid(root.instance(), "producer")).toBe(pid(instance, "producer"));
});

it("never touches the port that a system's own Redis uses", async () => {
  await using root = await FixtureRoot.make();
  const instance = await root.launch().ready();
  expect(redisPort(instance)).not.toBe(6379);
  const socket = connect(redisPort(instance), "127.0.0.1");
  await until(() => socket.readyState === "open");
  socket.destroy();
});
