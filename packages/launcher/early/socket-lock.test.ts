import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { endWithUs } from "@taskpulse/test-kit";
import { expect, it } from "vitest";
import { tryLock, waitForLock } from "./socket-lock.mjs";

const MODULE = new URL("./socket-lock.mjs", import.meta.url).href;

async function expectHeld(name: string) {
  const result = await tryLock(name, () => "http://127.0.0.1:5000");
  if (result.kind !== "held") throw new Error("the lock is taken");
  return result.lock;
}

it("is held by one, who tells the others where it is", async () => {
  const name = randomUUID();
  const lock = await expectHeld(name);
  expect(await tryLock(name)).toEqual({ kind: "taken", note: "http://127.0.0.1:5000" });
  await lock.release();
  await (await expectHeld(name)).release();
});

it("waits, saying so once, until it is released", async () => {
  const name = randomUUID();
  const lock = await expectHeld(name);
  let told = 0;
  const { promise: isWaiting, resolve } = Promise.withResolvers<void>();
  const waiting = waitForLock(name, () => {
    told += 1;
    resolve();
  });
  await isWaiting;
  await lock.release();
  await (await waiting).release();
  expect(told).toBe(1);
});

it("gives up waiting when it is aborted", async () => {
  const name = randomUUID();
  const lock = await expectHeld(name);
  const impatience = new AbortController();
  const waiting = waitForLock(name, () => impatience.abort(), impatience.signal);
  await expect(waiting).rejects.toThrow("aborted");
  await lock.release();
});

it("is free as soon as its holder was killed", async () => {
  const name = randomUUID();
  const script = `import { tryLock } from ${JSON.stringify(MODULE)};
    await tryLock(${JSON.stringify(name)}); console.log("held"); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  endWithUs(holder);
  await once(holder.stdout, "data");
  expect((await tryLock(name)).kind).toBe("taken");
  const waiting = waitForLock(name, () => holder.kill("SIGKILL"));
  await (await waiting).release();
});
