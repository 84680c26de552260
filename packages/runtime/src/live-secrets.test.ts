import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "@taskpulse/test-kit";
import pino from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openWebhookSecrets, type ParseSecrets } from "./live-secrets.ts";
import { RefusedStart } from "./run-app.ts";

const system = vi.hoisted(() => ({ hasWatches: true }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const watch: typeof fs.watch = (...args: unknown[]) => {
    if (system.hasWatches) return Reflect.apply(fs.watch, fs, args);
    throw Object.assign(new Error("no space left on device, watch"), { code: "ENOSPC" });
  };
  return { ...fs, watch };
});

let dataDir: string;
let file: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "taskpulse-live-"));
  file = join(dataDir, "webhook-secret");
  lines.length = 0;
  system.hasWatches = true;
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const lines: { level: number; msg: string }[] = [];
const log = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
const warnings = () => lines.filter(({ level }) => level === 40).map(({ msg }) => msg);
const errors = () => lines.filter(({ level }) => level === 50).map(({ msg }) => msg);
/** As the first start makes it. */
const write = (text: string) => writeFileSync(file, text, { mode: 0o600 });
const parsed: string[] = [];
const parse: ParseSecrets<string[]> = (text) => {
  parsed.push(text);
  return text.includes("bad")
    ? { kind: "invalid", position: 1, reason: "it is bad" }
    : { kind: "secrets", secrets: text.trim().split(" ") };
};
const open = (webhookSecret?: string) =>
  openWebhookSecrets({ config: { dataDir, webhookSecret }, parse, generate: () => "made", log });

test("a changed file counts at once, one that can't be used does not", async () => {
  write("old\n");
  using secrets = open();
  expect(secrets.current).toEqual(["old"]);
  write("new old\n");
  await until(() => secrets.current.length === 2, { what: "the second secret" });
  write("bad\n");
  await until(() => parsed.at(-1) === "bad\n", { what: "the bad one to be read" });
  expect(secrets.current).toEqual(["new", "old"]);
  // As editors and deployment tools do it: a new file under the old name.
  writeFileSync(`${file}.new`, "new\n");
  renameSync(`${file}.new`, file);
  await until(() => secrets.current.length === 1, { what: "the new secret" });
  expect(secrets.current).toEqual(["new"]);
});

test("where there is none, the first start makes one", () => {
  using secrets = open();
  expect(secrets.current).toEqual(["made"]);
  expect(readFileSync(file, "utf8")).toBe("made\n");
});

test("what the environment says does not change", () => {
  using secrets = open("set");
  expect(secrets.current).toEqual(["set"]);
  expect(() => readFileSync(file)).toThrow("ENOENT");
});

test("an unusable file is refused at start, without its content", () => {
  write("bad whsec_hidden\n");
  expect(() => open()).toThrow(RefusedStart);
  expect(() => open()).toThrow(/webhook-secret can't be used: it is bad/);
  expect(() => open()).not.toThrow(/hidden/);
});

test("a file that is missing for a moment is not made anew", async () => {
  write("old\n");
  using secrets = open();
  unlinkSync(file);
  await until(() => errors().length > 0, { what: "the loss to be told" });
  expect(errors()).toEqual(["the webhook secrets are gone; those read before stay in force"]);
  expect(existsSync(file)).toBe(false);
  expect(secrets.current).toEqual(["old"]);
  write("new old\n");
  await until(() => secrets.current.length === 2, { what: "the new secrets" });
});

test("a folder that is replaced is seen", async () => {
  write("old\n");
  using secrets = open();
  renameSync(dataDir, `${dataDir}.old`);
  try {
    mkdirSync(dataDir);
    write("new old\n");
    await until(() => secrets.current.length === 2, { what: "the new secrets" });
  } finally {
    rmSync(`${dataDir}.old`, { recursive: true });
  }
});

test("a link that leads elsewhere is seen", async () => {
  // As Kubernetes mounts a secret: the file is a link through a folder that is a link itself.
  for (const [folder, text] of Object.entries({ one: "old\n", two: "new old\n" })) {
    mkdirSync(join(dataDir, folder));
    writeFileSync(join(dataDir, folder, "webhook-secret"), text, { mode: 0o600 });
  }
  symlinkSync("one", join(dataDir, "..data"));
  symlinkSync("..data/webhook-secret", file);
  using secrets = open();
  expect(secrets.current).toEqual(["old"]);
  symlinkSync("two", join(dataDir, "..next"));
  renameSync(join(dataDir, "..next"), join(dataDir, "..data"));
  await until(() => secrets.current.length === 2, { what: "the new secrets" });
});

test("where the system has no watches left, changes are seen all the same", async () => {
  system.hasWatches = false;
  write("old\n");
  using secrets = open();
  expect(warnings()).toEqual(["a change of the webhook secrets counts only after some seconds"]);
  write("new old\n");
  await until(() => secrets.current.length === 2, { what: "the new secrets" });
});

test("a file that others may read is told of, once", () => {
  write("old\n");
  open()[Symbol.dispose]();
  expect(warnings()).toEqual([]);
  chmodSync(file, 0o640);
  open()[Symbol.dispose]();
  expect(warnings()).toEqual([expect.stringContaining("chmod 600")]);
});

test("what the environment says is refused in the same way", () => {
  expect(() => open("bad whsec_hidden")).toThrow(/^WEBHOOK_SECRET can't be used: it is bad/);
});
