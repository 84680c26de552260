import { capturedLog, until } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { bearer, type GuardedHost, login, newPrefix, TOKEN } from "../fixtures/guarded-host.ts";
import { hostsUnderTest } from "../fixtures/hosts-under-test.ts";
import { createLogger } from "../logger.ts";

const { hostWith } = hostsUnderTest();

async function metricsOf({ call }: GuardedHost, cookie: string): Promise<string[]> {
  // Who is signed in stays so, wherever wrong tokens come from.
  const headers = { cookie };
  const { body } = await call("/metrics", { headers });
  return body.split("\n").filter((line) => line.startsWith("taskpulse_access_"));
}

test("wrong tokens and lock-outs are counted, and told once with the client's address", async () => {
  const log = capturedLog();
  const host = await hostWith(
    { ADMIN_TOKEN: TOKEN, TRUST_PROXY: "127.0.0.1" },
    { log: createLogger("test", "info", log.stream) },
  );
  const cookie = await host.logIn();
  expect(await metricsOf(host, cookie)).toEqual([
    'taskpulse_access_refused_total{reason="wrong_token",part="test"} 0',
    'taskpulse_access_refused_total{reason="locked_out",part="test"} 0',
    'taskpulse_access_lockouts_total{part="test"} 0',
  ]);
  const guess = (token: string, client: string) =>
    host.call("/api/things", {
      headers: { ...bearer(token).headers, "x-forwarded-for": client },
    });
  const guesses = Array.from({ length: 30 }, (_, i) => guess(`wrong-guess-${i}`, "203.0.113.5"));
  await Promise.all(guesses);
  await host.call("/login", {
    ...login(TOKEN),
    headers: { ...login(TOKEN).headers, "x-forwarded-for": "203.0.113.5" },
  });
  // What is no address is nobody's: it counts for the one who passed it on, and is not repeated.
  await guess("wrong-guess", '203.0.113.7","level":60,"msg":"forged\tline\u0085');
  expect(await metricsOf(host, cookie)).toEqual([
    'taskpulse_access_refused_total{reason="wrong_token",part="test"} 11',
    'taskpulse_access_refused_total{reason="locked_out",part="test"} 21',
    'taskpulse_access_lockouts_total{part="test"} 1',
  ]);
  const addresses = ["203.0.113.5"];
  expect(log.lines()).toHaveLength(3);
  for (const [reason, msg] of [
    ["wrong_token", "wrong admin tokens were refused"],
    ["locked_out", "addresses that are locked out tried tokens"],
    ["lockout", "addresses were locked out after too many wrong tokens"],
  ]) {
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ level: 40, reason, count: 1, addresses, msg }),
    );
  }
  // The end tells what was only counted until then.
  await host[Symbol.asyncDispose]();
  expect(log.lines().slice(3)).toMatchObject([
    { reason: "wrong_token", count: 10, addresses: ["203.0.113.5", "127.0.0.1"] },
    { reason: "locked_out", count: 20, addresses },
  ]);
  expect(log.text()).not.toMatch(/forged|wrong-guess/);
  expect(log.text()).not.toContain(TOKEN);
});

test("an address that another process has locked out is not locked out once more", async () => {
  const prefix = newPrefix();
  const [one, other] = await Promise.all([
    hostWith(undefined, { prefix }),
    hostWith(undefined, { prefix }),
  ]);
  const cookie = await other.logIn();
  for (let i = 0; i < 10; i++) await one.call("/api/things", bearer(`wrong ${i}`));
  await until(async () => (await other.call("/api/things", bearer("wrong"))).status === 429);
  expect((await metricsOf(one, cookie)).at(-1)).toMatch(/^taskpulse_access_lockouts_total\S* 1$/);
  expect((await metricsOf(other, cookie)).at(-1)).toMatch(/^taskpulse_access_lockouts_total\S* 0$/);
});
