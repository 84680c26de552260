import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, startRedis, until } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { newTask } from "../fixtures/ingest-calls.ts";
import { rawConnection, wholeRequest } from "../fixtures/raw-connection.ts";
import { signatureFor, TEST_SECRET } from "../fixtures/signing.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const TOKEN = "a-token-that-nobody-may-see";
/** Stands in everything that the sender of this test controls. */
const MARK = "mark-of-the-sender";
const FORGED = `\r\n{"level":60,"part":"consumer","msg":"${MARK}"}\r\n\u2028\u001b[2J`;

test("nothing that is sent forges a line of the log, and no secret, token or task is in it", async () => {
  await using redis = await startRedis();
  const port = await freePort();
  const dataDir = mkdtempSync(join(tmpdir(), "taskpulse-log-"));
  const consumer = fork(MAIN, ["--api-only"], {
    env: {
      ...process.env,
      ...{ REDIS_URL: redis.url, CONSUMER_PORT: String(port), DATA_DIR: dataDir },
      ...{ WEBHOOK_SECRET: TEST_SECRET, ADMIN_TOKEN: TOKEN, LOG_LEVEL: "trace" },
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let printed = "";
  for (const stream of [consumer.stdout, consumer.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  try {
    await once(consumer, "message");
    const origin = `http://127.0.0.1:${port}`;
    const task = newTask({ owner: FORGED, batchid: FORGED.slice(0, 150), note: MARK });
    const body = JSON.stringify(task);
    const send = (text: string, headers: Record<string, string> = {}) =>
      fetch(`${origin}/consumetasks`, {
        method: "POST",
        body: text,
        headers: { "content-type": "application/json", ...signatureFor(text), ...headers },
      });
    expect((await send(body)).status).toBe(200);
    for (const text of ["{", `{"${MARK}`, JSON.stringify({ ...task, priority: MARK })]) {
      expect((await send(text)).status).toBe(400);
    }
    expect((await send(body, { "webhook-id": MARK })).status).toBe(401);
    expect((await send(body, { "content-type": MARK })).status).toBe(415);
    const paths = [`/%0d%0a${MARK}`, `/api/tasks?q=%0a${MARK}`, `/api/tasks/${MARK}%00`];
    for (const path of paths) {
      for (const authorization of [`Bearer ${TOKEN}`, `Bearer ${MARK}`]) {
        const headers = { authorization, "user-agent": MARK, cookie: `session=${MARK}` };
        await fetch(origin + path, { headers });
      }
    }
    using odd = await rawConnection(port);
    await odd.write(`${MARK}\u0000 / HTTP/1.1\r\n\r\n`);
    await odd.untilClosed();
    // What fails while Redis is away is logged together with what was asked of it.
    await redis.kill("SIGKILL");
    using late = await rawConnection(port);
    await late.write(wholeRequest(body));
    await late.sees(/HTTP\/1\.1 503/);
    await fetch(`${origin}/api/tasks?q=${MARK}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    await redis.restart();
    await until(async () => (await send(body)).status === 200);
  } finally {
    consumer.kill("SIGTERM");
    await once(consumer, "exit");
    rmSync(dataDir, { recursive: true });
  }
  const lines = printed.trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) {
    expect(JSON.parse(line)).toMatchObject({ part: "consumer", level: expect.any(Number) });
  }
  expect(printed).not.toContain(MARK);
  expect(printed).not.toContain(TOKEN);
  expect(printed).not.toContain(TEST_SECRET.slice(6));
});
