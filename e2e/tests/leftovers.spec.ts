import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "@playwright/test";
import { endWithUs, isAlive, until } from "@taskpulse/test-kit";

const PRODUCT = JSON.stringify(new URL("../src/product.ts", import.meta.url).href);

/** A test that hangs with the product running; its first line has the numbers of all processes. */
const HANGING = `import { startProduct } from ${PRODUCT};
  const product = await startProduct();
  const parts = ["launcher", "redis", "consumer", "producer", "worker"];
  console.log(JSON.stringify(await Promise.all(parts.map((part) => product.pid(part)))));
  setInterval(() => {}, 1_000);`;

test("a test that is killed leaves nothing of the product behind", async () => {
  const hanging = spawn(process.execPath, ["--input-type=module", "-e", HANGING], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  endWithUs(hanging);
  const [line] = await once(createInterface({ input: hanging.stdout }), "line");
  const pids = JSON.parse(String(line)) as number[];
  expect(pids.map(isAlive)).toEqual(Array(5).fill(true));
  hanging.kill("SIGKILL");
  await until(() => !pids.some(isAlive), { what: "every process to end", timeoutMs: 40_000 });
});
