import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { firstWebhookSecrets } from "./webhook-secrets.ts";

const generate = () => `made ${randomUUID()}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "taskpulse-secret-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the first start makes one that only its owner can read, every later one finds it", () => {
  const dataDir = join(folder, "data");
  const first = firstWebhookSecrets({ webhookSecret: undefined, dataDir }, generate);
  expect(first).toMatch(/^made [0-9a-f-]{36}\n$/);
  expect(statSync(join(dataDir, "webhook-secret")).mode & 0o777).toBe(0o600);
  expect(firstWebhookSecrets({ webhookSecret: undefined, dataDir }, generate)).toBe(first);
  expect(readdirSync(dataDir)).toEqual(["webhook-secret"]);
});

test("what the operator has written there, or set, counts", () => {
  const file = join(folder, "webhook-secret");
  writeFileSync(file, "whsec_new whsec_old\n");
  chmodSync(file, 0o600);
  expect(firstWebhookSecrets({ webhookSecret: undefined, dataDir: folder }, generate)).toBe(
    "whsec_new whsec_old\n",
  );
  expect(firstWebhookSecrets({ webhookSecret: "whsec_set", dataDir: folder }, generate)).toBe(
    "whsec_set",
  );
  expect(readFileSync(file, "utf8")).toBe("whsec_new whsec_old\n");
});

test("processes that start together, even with one process id, end up with the same", async () => {
  const dataDir = join(folder, "data");
  const program = `
    import { firstWebhookSecrets } from ${JSON.stringify(new URL("webhook-secrets.ts", import.meta.url).href)};
    Object.defineProperty(process, "pid", { value: 1 });
    console.log(firstWebhookSecrets({ webhookSecret: undefined, dataDir: ${JSON.stringify(dataDir)} }, () => crypto.randomUUID()));`;
  const run = () =>
    promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);
  const read = await Promise.all([run(), run(), run(), run()]);
  expect(new Set(read.map(({ stdout }) => stdout)).size).toBe(1);
  expect(readdirSync(dataDir)).toEqual(["webhook-secret"]);
});
