import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lockDataDir } from "./data-dir.ts";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "taskpulse-data-dir-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("makes the folder for its owner only, and lets one instance have it", async () => {
  const dataDir = join(newFolder(), "a b", "ü");
  const first = await lockDataDir(dataDir, "http://127.0.0.1:5000");
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  await expect(lockDataDir(dataDir, "elsewhere")).rejects.toThrow(
    /Another Taskpulse \(http:\/\/127\.0\.0\.1:5000\) already runs on DATA_DIR/,
  );
  await first[Symbol.asyncDispose]();
  const second = await lockDataDir(dataDir, "");
  await second[Symbol.asyncDispose]();
});

test("what can't be a folder is refused in a sentence", async () => {
  const file = join(newFolder(), "file");
  writeFileSync(file, "");
  await expect(lockDataDir(file, "")).rejects.toThrow(/can't be used: it is no folder\.$/);
  await expect(lockDataDir(join(file, "below"), "")).rejects.toThrow(/can't be used: ENOTDIR/);
});

test.runIf(process.platform === "linux")(
  "a file system that takes no folders does not hang it",
  async () => {
    await expect(lockDataDir("/proc/taskpulse/data", "")).rejects.toThrow(/can't be used: ENOENT/);
  },
);
