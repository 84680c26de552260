import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRedis, type TestRedis, until } from "@taskpulse/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newTask, readJson, replyOf } from "../fixtures/ingest-calls.ts";
import { rawConnection } from "../fixtures/raw-connection.ts";
import { type RunningConsumer, runConsumer } from "../fixtures/running-consumer.ts";
import { signatureFor, TEST_SECRET } from "../fixtures/signing.ts";

const OLD_SECRET = `whsec_${Buffer.alloc(24, "old").toString("base64")}`;
const NOW_MS = Math.floor(Date.now() / 1_000) * 1_000;

let redis: TestRedis;
let consumer: RunningConsumer;
/** Accepts what is not signed. */
let open: RunningConsumer;

beforeAll(async () => {
  redis = await startRedis();
  const secrets = { WEBHOOK_SECRET: `${TEST_SECRET} ${OLD_SECRET}` };
  consumer = await runConsumer(redis.url, secrets, { nowMs: () => NOW_MS });
  open = await runConsumer(redis.url, { REQUIRE_SIGNATURE: "false" });
});
afterAll(async () => {
  await consumer[Symbol.asyncDispose]();
  await open[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

const seconds = (s: number) => ({ nowMs: NOW_MS + s * 1_000 });

test("a signed request is taken, with every secret that is known", async () => {
  for (const secret of [TEST_SECRET, OLD_SECRET]) {
    const taken = await replyOf(
      await consumer.send(newTask(), { sign: { secret, nowMs: NOW_MS } }),
    );
    expect(taken).toMatchObject({ status: 200, retval: { accepted: 1 } });
  }
});

test.each([
  ["nothing", {}, "signature_required", "Tasks must be signed here"],
  ["an id only", { "webhook-id": "m" }, "signature_invalid", "webhook-timestamp is missing"],
  [
    "an empty signature",
    { "webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "" },
    "signature_invalid",
    "webhook-signature is missing",
  ],
  [
    "another scheme",
    { ...signatureFor("[]", seconds(0)), "webhook-signature": "v2,AAAA" },
    "signature_invalid",
    "webhook-signature holds no v1 signature",
  ],
  [
    "words as time",
    { ...signatureFor("[]"), "webhook-timestamp": "now" },
    "signature_invalid",
    "webhook-timestamp must be whole seconds",
  ],
  [
    "another body's",
    signatureFor("[ ]", seconds(0)),
    "signature_invalid",
    "does not fit this body",
  ],
  ["an old one", signatureFor("[]", seconds(-400)), "signature_stale", "400 s behind the clock"],
  ["an early one", signatureFor("[]", seconds(400)), "signature_stale", "400 s ahead of the clock"],
])("401, and what is wrong in a sentence: %s", async (_what, signature, code, words) => {
  const headers = { "content-type": "application/json", ...signature };
  const refused = await replyOf(await consumer.send(null, { body: "[]", sign: false, headers }));
  expect(refused).toMatchObject({ status: 401, code });
  expect(refused.reason).toContain(words);
  const right = signatureFor("[]", seconds(0))["webhook-signature"].slice(3);
  expect(JSON.stringify(refused)).not.toContain(right);
  expect(JSON.stringify(refused)).not.toContain(TEST_SECRET.slice(6, 16));
});

test("the signature is looked at after the media type and before the JSON", async () => {
  const text = { "content-type": "text/plain" };
  expect((await consumer.send(null, { body: "{", sign: false, headers: text })).status).toBe(415);
  expect((await consumer.send(null, { body: "{", sign: false })).status).toBe(401);
  expect((await consumer.send(null, { body: "{", sign: seconds(0) })).status).toBe(400);
});

test("every byte counts, also white space and what is no UTF-8", async () => {
  const body = JSON.stringify(newTask());
  const headers = { "content-type": "application/json", ...signatureFor(body, seconds(0)) };
  for (const other of [`${body} `, ` ${body}`, body.replace("Ann", "Amn"), body.slice(0, -1)]) {
    expect((await consumer.send(null, { body: other, sign: false, headers })).status).toBe(401);
  }
  const torn = Buffer.from([0x22, 0xff, 0x22]);
  expect((await consumer.send(null, { body: torn, sign: seconds(0) })).status).toBe(400);
  const signedAsText = { ...headers, ...signatureFor(torn.toString("utf8"), seconds(0)) };
  const refused = await consumer.send(null, { body: torn, sign: false, headers: signedAsText });
  expect(refused.status).toBe(401);
});

test("not required: what carries no signature is taken, what carries a wrong one is not", async () => {
  expect((await open.send(newTask(), { sign: false })).status).toBe(200);
  expect((await open.send(newTask())).status).toBe(200);
  const headers = { "content-type": "application/json", "webhook-id": "m" };
  const half = await replyOf(await open.send(newTask(), { sign: false, headers }));
  expect(half).toMatchObject({ status: 401, code: "signature_invalid" });
  const wrong = await open.send(newTask(), { sign: { secret: OLD_SECRET } });
  expect(wrong.status).toBe(401);
});

test("a webhook-id is kept when it was verified and is not longer than 200", async () => {
  const kept = async (send: Promise<Response>, origin = consumer.origin) => {
    const [taskid] = (await replyOf(await send)).retval?.taskids ?? [];
    return (await readJson<{ webhook_id: string | null }>(origin, `/api/tasks/${taskid}`))
      .webhook_id;
  };
  const signed = (id: string) => consumer.send(newTask(), { sign: { id, nowMs: NOW_MS } });
  expect(await kept(signed("msg_1"))).toBe("msg_1");
  expect(await kept(signed("m".repeat(200)))).toBe("m".repeat(200));
  expect(await kept(signed("m".repeat(201)))).toBeNull();
  expect(await kept(open.send(newTask(), { sign: false }), open.origin)).toBeNull();
});

test("a replay is a duplicate while it may come, and refused after", async () => {
  let nowMs = NOW_MS;
  await using clocked = await runConsumer(redis.url, {}, { nowMs: () => nowMs });
  const body = JSON.stringify(newTask());
  const headers = { "content-type": "application/json", ...signatureFor(body, seconds(0)) };
  const replay = async () => replyOf(await clocked.send(null, { body, sign: false, headers }));
  expect(await replay()).toMatchObject({ retval: { accepted: 1, duplicates: 0 } });
  nowMs += 299_000;
  expect(await replay()).toMatchObject({ retval: { accepted: 0, duplicates: 1, conflicts: 0 } });
  nowMs += 2_000;
  expect(await replay()).toMatchObject({ status: 401, code: "signature_stale" });
});

test("without WEBHOOK_SECRET the file in the data folder counts, and may change at any time", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "taskpulse-secret-"));
  const file = join(dataDir, "webhook-secret");
  try {
    await using rotating = await runConsumer(redis.url, { WEBHOOK_SECRET: "", DATA_DIR: dataDir });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const first = readFileSync(file, "utf8").trim();
    const statusWith = async (secret: string) =>
      (await rotating.send(newTask(), { sign: { secret } })).status;
    expect([await statusWith(first), await statusWith(TEST_SECRET)]).toEqual([200, 401]);
    writeFileSync(file, `${first} ${TEST_SECRET}\n`);
    await until(async () => (await statusWith(TEST_SECRET)) === 200, { what: "the second secret" });
    expect(await statusWith(first)).toBe(200);
    writeFileSync(file, `${TEST_SECRET}\n`);
    await until(async () => (await statusWith(first)) === 401, { what: "the first to be gone" });
    expect(await statusWith(TEST_SECRET)).toBe(200);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

test("a file with secrets that can't be used refuses the start by name, not by content", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "taskpulse-secret-"));
  writeFileSync(join(dataDir, "webhook-secret"), "whsec_dGhpcyBpcyBzaG9ydA==");
  try {
    await expect(runConsumer(redis.url, { DATA_DIR: dataDir, WEBHOOK_SECRET: "" })).rejects.toThrow(
      `${dataDir}/webhook-secret can't be used: a secret is whsec_ and the base64 of 24 to 64 bytes (number 1).`,
    );
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

test.each([
  [200, {}],
  [200, { "sec-fetch-site": "same-origin" }],
  [403, { "sec-fetch-site": "cross-site" }],
  [403, { "sec-fetch-site": "same-site" }],
  [403, { origin: "http://evil.example" }],
  [403, { origin: "null" }],
  [403, { host: "evil.example" }],
])(
  "without a signature, %i for what a browser says or a name it uses: %j",
  async (status, more) => {
    const body = JSON.stringify(newTask());
    const answered = async (signature: object) => {
      using client = await rawConnection(open.port);
      const headers = {
        host: "127.0.0.1",
        "content-type": "application/json",
        ...signature,
        ...more,
      };
      const lines = Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join("");
      const length = `content-length: ${body.length}`;
      await client.write(`POST /consumetasks HTTP/1.1\r\n${lines}${length}\r\n\r\n${body}`);
      return Number(/^HTTP\/1\.1 (\d+)/.exec(await client.sees(/\r\n\r\n/))?.[1]);
    };
    expect(await answered({})).toBe(status);
    expect(await answered(signatureFor(body))).toBe(200);
  },
);
