import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "@taskpulse/test-kit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWebhookSecrets, type ParseSecrets } from "./live-secrets.ts";
import { createLogger } from "./logger.ts";
import { RefusedStart } from "./run-app.ts";

let dataDir: string;
let file: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "taskpulse-live-"));
  file = join(dataDir, "webhook-secret");
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const log = createLogger("test", "silent");
const parsed: string[] = [];
const parse: ParseSecrets<string[]> = (text) => {
  parsed.push(text);
  return text.includes("bad")
    ? { kind: "invalid", position: 1, reason: "it is bad" }
    : { kind: "secrets", secrets: text.trim().split(" ") };
};
const open = (webhookSecret?: string) =>
  openWebhookSecrets({ config: { dataDir, webhookSecret }, parse, log });

test("a changed file counts at once, one that can't be used does not", async () => {
  writeFileSync(file, "old\n");
  using secrets = open();
  expect(secrets.current).toEqual(["old"]);
  writeFileSync(file, "new old\n");
  await until(() => secrets.current.length === 2, { what: "the second secret" });
  writeFileSync(file, "bad\n");
  await until(() => parsed.at(-1) === "bad\n", { what: "the bad one to be read" });
  expect(secrets.current).toEqual(["new", "old"]);
  // As editors and deployment tools do it: a new file under the old name.
  writeFileSync(`${file}.new`, "new\n");
  renameSync(`${file}.new`, file);
  await until(() => secrets.current.length === 1, { what: "the new secret" });
  expect(secrets.current).toEqual(["new"]);
});

test("what the environment says does not change", () => {
  using secrets = open("set");
  expect(secrets.current).toEqual(["set"]);
  expect(() => readFileSync(file)).toThrow("ENOENT");
});

test("an unusable file is refused at start, without its content", () => {
  writeFileSync(file, "bad whsec_hidden\n");
  expect(() => open()).toThrow(RefusedStart);
  expect(() => open()).toThrow(/webhook-secret can't be used: it is bad/);
  expect(() => open()).not.toThrow(/hidden/);
});
