import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { trustedProxies } from "./access/reached-as.ts";
import { ConfigError, httpOrigin, loadConfig } from "./config.ts";

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test("without any variable, the defaults of the contract", () => {
  expect(loadConfig({})).toMatchObject({
    host: "127.0.0.1",
    producerPort: 5000,
    consumerPort: 5001,
    workerPort: 5002,
    workerConcurrency: 50,
    dataDir: expect.stringMatching(/\/\.data$/),
    minTasks: 1,
    maxTasks: 100,
    waitSeconds: 1,
    webhookReceiverUrl: "http://127.0.0.1:5001/consumetasks",
    dedupSeconds: 3_600,
    retentionDays: 7,
    retentionTasks: 1_000_000,
    redisUrl: undefined,
  });
});

test("a set variable counts, an empty one does not, the old name of Redis works too", () => {
  expect(loadConfig({ WAIT_TIME: "", CONSUMER_PORT: "6001" })).toMatchObject({
    waitSeconds: 1,
    webhookReceiverUrl: "http://127.0.0.1:6001/consumetasks",
    publicUrl: "http://127.0.0.1:6001",
  });
  expect(loadConfig({ BROKER_URL: "redis://h:1" }).redisUrl).toBe("redis://h:1");
  expect(loadConfig({ BROKER_URL: "redis://h:1", REDIS_URL: "rediss://s:2" }).redisUrl).toBe(
    "rediss://s:2",
  );
  expect(loadConfig({ REDIS_MAXMEMORY: "2gb" }).redisMaxMemoryBytes).toBe(2 ** 31);
});

test.each([
  ["HOST", "nowhere.example"],
  ["PRODUCER_PORT", "0"],
  ["PRODUCER_PORT", "65536"],
  ["CONSUMER_PORT", "5001 "],
  ["WORKER_PORT", "5002.0"],
  ["WORKER_CONCURRENCY", "0"],
  ["WORKER_CONCURRENCY", "1001"],
  ["LOG_LEVEL", "loud"],
  ["REDIS_URL", "http://127.0.0.1"],
  ["MIN_NBR_TASKS", "-1"],
  ["MAX_NBR_TASKS", "100001"],
  ["WAIT_TIME", "1s"],
  ["WEBHOOK_RECEIVER_URL", "ftp://127.0.0.1/x"],
  ["PUBLIC_URL", "tasks.example.com"],
  ["REQUIRE_SIGNATURE", "yes"],
  ["SIGNATURE_TOLERANCE", "0"],
  ["DEDUP_SECONDS", "86401"],
  ["RETENTION_DAYS", "0"],
  ["RETENTION_TASKS", "many"],
  ["REDIS_MAXMEMORY", "1mb"],
  ["INGEST_RATE_LIMIT", "-1"],
  ["TRUST_PROXY", "10.0.0.0/33"],
  ["TRUST_PROXY", "0.0.0.0/0"],
  ["TRUST_PROXY", "10.0.0.0/8, ::/0"],
  ["TRUST_PROXY", "10.0.0.0/0.0.0.0"],
  ["TRUST_PROXY", "::ffff:10.0.0.0/"],
  ["TRUST_PROXY", "10/8"],
  ["TRUST_PROXY", "proxy.example.com"],
  ["ALLOWED_HOSTS", "https://tasks.example.com"],
  ["OUTGOING_ALLOW", "10.0.0.0/33"],
  ["OUTGOING_ALLOW", "10/8"],
  ["OUTGOING_ALLOW", "10.0.0.256"],
  ["OUTGOING_ALLOW", "127.1"],
  ["OUTGOING_ALLOW", "0x7f000001"],
  ["OUTGOING_ALLOW", "127.0.0.1:8080"],
  ["OUTGOING_ALLOW", "[::1]"],
  ["OUTGOING_ALLOW", "fd00::/129"],
  ["OUTGOING_ALLOW", "worker.internal/24"],
  ["OUTGOING_ALLOW", "http://worker.internal"],
  ["OUTGOING_ALLOW", "*.internal"],
])("%s=%s is refused in one sentence that names it", (name, value) => {
  const problems = problemsOf({ [name]: value });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(new RegExp(`^${name} must be .+\\(it is "`));
});

test("all problems are told together", () => {
  expect(problemsOf({ HOST: "x", WAIT_TIME: "x", CONSUMER_PORT: "x" })).toHaveLength(3);
});

test.each([
  [{ MIN_NBR_TASKS: "5", MAX_NBR_TASKS: "4" }, /MIN_NBR_TASKS \(5\) must not be above/],
  [{ PRODUCER_PORT: "5001" }, /^PRODUCER_PORT and CONSUMER_PORT must differ, both are 5001/],
  [{ WORKER_PORT: "5000" }, /^PRODUCER_PORT and WORKER_PORT must differ, both are 5000/],
  [{ WORKER_PORT: "5001" }, /^CONSUMER_PORT and WORKER_PORT must differ, both are 5001/],
  [{ DEDUP_SECONDS: "599" }, /at least twice SIGNATURE_TOLERANCE, here 600/],
  [{ HOST: "0.0.0.0" }, /^HOST 0\.0\.0\.0 opens Taskpulse to others, so ADMIN_TOKEN must be set/],
])("%j contradicts itself or promises too much", (env, sentence) => {
  expect(problemsOf(env)).toEqual([expect.stringMatching(sentence)]);
});

test("identities are remembered for twice the tolerance, a day at most", () => {
  expect(loadConfig({ SIGNATURE_TOLERANCE: "7200" }).dedupSeconds).toBe(14_400);
  expect(loadConfig({ SIGNATURE_TOLERANCE: "1000000000" }).dedupSeconds).toBe(86_400);
});

test.each([
  ["WEBHOOK_SECRET", "hunter2hunter2"],
  ["ADMIN_TOKEN", "hunter2"],
  ["ADMIN_TOKEN", "hunter2 hunter2"],
])("%s=%s is refused without being repeated", (name, value) => {
  const problems = problemsOf({ [name]: value });
  expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} must be`))]);
  expect(problems.join()).not.toContain("hunter2");
});

test("beyond loopback there is a rate limit, unless it is set", () => {
  const open = { HOST: "0.0.0.0", ADMIN_TOKEN: "correct-horse-battery" };
  expect(loadConfig({}).ingestRateLimit).toBe(0);
  expect(loadConfig(open).ingestRateLimit).toBe(1_000);
  expect(loadConfig({ ...open, INGEST_RATE_LIMIT: "0" }).ingestRateLimit).toBe(0);
});

test("what tasks may call: loopback where only this machine can send any, or as it is set", () => {
  const open = { HOST: "0.0.0.0", ADMIN_TOKEN: "correct-horse-battery" };
  expect(loadConfig({}).outgoingAllow).toEqual(["127.0.0.0/8", "::1"]);
  expect(loadConfig({ HOST: "::1" }).outgoingAllow).toEqual(["127.0.0.0/8", "::1"]);
  expect(loadConfig(open).outgoingAllow).toEqual([]);
  const set = { OUTGOING_ALLOW: "10.0.0.0/8, fd00::/8 192.168.1.7,worker-1.internal none" };
  for (const env of [set, { ...open, ...set }]) {
    expect(loadConfig(env).outgoingAllow).toEqual([
      ...["10.0.0.0/8", "fd00::/8", "192.168.1.7", "worker-1.internal", "none"],
    ]);
  }
});

test("lists are separated by commas or spaces", () => {
  const config = loadConfig({
    TRUST_PROXY: "10.0.0.0/8, ::1 192.168.1.1",
    ALLOWED_HOSTS: "a.example, B.example",
    PUBLIC_URL: "https://Tasks.example.com/",
  });
  expect(config.trustProxy).toEqual(["10.0.0.0/8", "::1", "192.168.1.1"]);
  expect(config.allowedHosts).toEqual(["tasks.example.com", "a.example", "b.example"]);
});

test.each([
  ["0.0.0.0/1", "128.0.0.0/1"],
  ["10.0.0.0/255.0.0.0", "fe80::1%eth0"],
  ["loopback", "uniquelocal"],
  ["::ffff:10.0.0.0/104", "::/1"],
])("TRUST_PROXY=%s,%s is good, and can be used", (...ranges) => {
  const { trustProxy } = loadConfig({ TRUST_PROXY: ranges.join() });
  expect(trustProxy).toEqual(ranges);
  expect(trustedProxies(trustProxy)).toBeTypeOf("function");
});

test("a password never appears in a problem", () => {
  expect(problemsOf({ REDIS_URL: "http://user:hunter2@host" }).join()).not.toContain("hunter2");
});

test.each(["HOST", "WAIT_TIME", "PUBLIC_URL", "TRUST_PROXY"])(
  "a webhook secret that was put into %s does not appear",
  (name) => {
    const problems = problemsOf({ [name]: " whsec_aHVudGVyMmh1bnRlcjJodW50ZXIy" });
    expect(problems).toEqual([
      expect.stringMatching(`^${name} must be .+ \\(it is a webhook secret`),
    ]);
    expect(problems.join()).not.toContain("aHVud");
  },
);

test("PUBLIC_URL, which pages show, holds no password", () => {
  const problems = problemsOf({ PUBLIC_URL: "https://user:hunter2@tasks.example.com" });
  expect(problems).toEqual([expect.stringMatching(/^PUBLIC_URL must not hold a password/)]);
  expect(problems.join()).not.toContain("hunter2");
});

test("an IPv6 host stands in brackets", () => {
  expect(httpOrigin("::1", 5000)).toBe("http://[::1]:5000");
});

test.each([
  ["0.0.0.0", "http://127.0.0.1"],
  ["::ffff:0.0.0.0", "http://127.0.0.1"],
  ["::", "http://localhost"],
  ["0:0:0:0:0:0:0:0", "http://localhost"],
])("HOST=%s means every interface, and %s can be opened", (host, origin) => {
  const config = loadConfig({ HOST: host, ADMIN_TOKEN: "correct-horse-battery" });
  expect(httpOrigin(config.host, 5000)).toBe(`${origin}:5000`);
  expect(config.publicUrl).toBe(`${origin}:5001`);
  expect(config.webhookReceiverUrl).toBe(`${origin}:5001/consumetasks`);
});

/** The old name of another variable. */
const UNLISTED = ["BROKER_URL"];

test(".env.example shows every variable with its default", () => {
  const example = readFileSync(new URL("../../../.env.example", import.meta.url), "utf8");
  const lines = [...example.matchAll(/^# ([A-Z_]+)=(\S+)/gm)];
  const env = Object.fromEntries(lines.map(([, name = "", value = ""]) => [name, value]));
  const { REDIS_URL, REDIS_MAXMEMORY, WEBHOOK_SECRET, ADMIN_TOKEN, ...others } = env;
  // Their defaults are "nothing", which an example can't show.
  const { TRUST_PROXY, ALLOWED_HOSTS, ...defaults } = others;
  expect(loadConfig(defaults)).toEqual(loadConfig({}));
  expect([REDIS_URL, REDIS_MAXMEMORY, WEBHOOK_SECRET, ADMIN_TOKEN]).not.toContain(undefined);
  expect([TRUST_PROXY, ALLOWED_HOSTS]).not.toContain(undefined);
  const source = readFileSync(new URL("config.ts", import.meta.url), "utf8");
  const known = [...source.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name);
  expect(Object.keys(env).sort()).toEqual(
    known.filter((name) => !UNLISTED.includes(name ?? "")).sort(),
  );
});
