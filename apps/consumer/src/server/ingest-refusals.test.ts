import { createLogger } from "@taskpulse/runtime";
import { capturedLog, startRedis } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { newTask } from "../fixtures/ingest-calls.ts";
import { type RunningConsumer, runConsumer } from "../fixtures/running-consumer.ts";
import { signatureFor, TEST_SECRET } from "../fixtures/signing.ts";

const OTHER_SECRET = `whsec_${Buffer.alloc(32, "other").toString("base64")}`;
const MARK = "mark-of-the-sender";

/** Counts by reason, those above 0. */
async function refusedBy({ origin }: RunningConsumer): Promise<Record<string, number>> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  const lines = text.matchAll(/^taskpulse_ingest_refused_total\{reason="(\w+)",[^}]*\} (\d+)$/gm);
  return Object.fromEntries(
    [...lines].map(([, reason, count]) => [reason, Number(count)]).filter(([, count]) => count),
  );
}

const sent = (client: string, more: Record<string, string> = {}) => ({
  headers: { "content-type": "application/json", "x-forwarded-for": client, ...more },
});

test("refused signatures are counted by reason, and told once with the client's address", async () => {
  const log = capturedLog();
  await using redis = await startRedis();
  {
    await using consumer = await runConsumer(
      redis.url,
      { TRUST_PROXY: "127.0.0.1" },
      { log: createLogger("consumer", "info", log.stream) },
    );
    expect(await refusedBy(consumer)).toEqual({});
    const body = JSON.stringify(newTask({ owner: MARK }));
    const tries = [
      { ...sent("203.0.113.1"), sign: false as const },
      sent("203.0.113.2", { "webhook-timestamp": MARK }),
      { ...sent("203.0.113.3"), sign: { nowMs: Date.now() - 3_600_000 } },
      { ...sent("2001:db8::4"), sign: { secret: OTHER_SECRET, id: MARK } },
    ];
    for (let round = 0; round < 30; round++) {
      for (const init of tries) {
        expect((await consumer.send(null, { ...init, body })).status).toBe(401);
      }
    }
    // What is no address is nobody's: the proxy's own counts, and nothing of it is repeated.
    const forged = `203.0.113.5","level":60,"msg":"${MARK}\t\u0085`;
    await consumer.send(null, { ...sent(forged), sign: false, body });
    expect(await refusedBy(consumer)).toEqual({
      ...{ signature_missing: 31, signature_malformed: 30 },
      ...{ signature_stale: 30, signature_mismatch: 30 },
    });
    expect(log.lines()).toMatchObject([
      { level: 40, reason: "signature_missing", count: 1, addresses: ["203.0.113.1"] },
      { level: 40, reason: "signature_malformed", count: 1, addresses: ["203.0.113.2"] },
      { level: 40, reason: "signature_stale", count: 1, addresses: ["203.0.113.3"] },
      { level: 40, reason: "signature_mismatch", count: 1, addresses: ["2001:db8::4"] },
    ]);
  }
  // The end tells what was only counted until then.
  expect(log.lines().slice(4)).toMatchObject([
    { reason: "signature_missing", count: 30, addresses: ["203.0.113.1", "127.0.0.1"] },
    { reason: "signature_malformed", count: 29 },
    { reason: "signature_stale", count: 29 },
    { reason: "signature_mismatch", count: 29 },
  ]);
  expect(log.lines()).toHaveLength(8);
  expect(log.text()).not.toContain(MARK);
  for (const secret of [TEST_SECRET, OTHER_SECRET]) {
    expect(log.text()).not.toContain(secret.slice(6));
    expect(log.text()).not.toContain(signatureFor("", { secret })["webhook-signature"].slice(0, 3));
  }
});

test("senders over their rate are counted and told, addresses and keys apart", async () => {
  const log = capturedLog();
  await using redis = await startRedis();
  await using consumer = await runConsumer(
    redis.url,
    { TRUST_PROXY: "127.0.0.1", INGEST_RATE_LIMIT: "2" },
    { rateNowMs: () => 0, log: createLogger("consumer", "info", log.stream) },
  );
  const statuses: number[] = [];
  // Two of them spend what the key has, the third is over it, the fifth over the address' rate, too.
  for (const client of [1, 2, 3, 3, 3].map((n) => `203.0.113.${n}`)) {
    statuses.push((await consumer.send(newTask(), sent(client))).status);
  }
  expect(statuses).toEqual([200, 200, 429, 429, 429]);
  expect(await refusedBy(consumer)).toEqual({ key_rate: 2, address_rate: 1 });
  expect(log.lines()).toMatchObject([
    { level: 40, reason: "key_rate", count: 1, addresses: ["203.0.113.3"] },
    { level: 40, reason: "address_rate", count: 1, addresses: ["203.0.113.3"] },
  ]);
});
