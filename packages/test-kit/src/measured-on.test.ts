import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { measuredOn, measuredOnWords } from "./measured-on.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "taskpulse-measured-"));
  folders.push(folder);
  return folder;
}

test("figures name the commit, and say when files differ from it; results themselves don't count", () => {
  const folder = emptyFolder();
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], {
      cwd: folder,
      encoding: "utf8",
    }).trim();
  git("init", "--quiet");
  writeFileSync(join(folder, "code.ts"), "1");
  git("add", ".");
  git("commit", "--quiet", "--message", "first");
  const commit = git("rev-parse", "--short", "HEAD");
  const below = join(folder, "bench");
  mkdirSync(join(below, "results"), { recursive: true });
  writeFileSync(join(below, "results", "latest.json"), "{}");
  expect(measuredOn(below).commit).toBe(commit);
  writeFileSync(join(folder, "code.ts"), "2");
  const on = measuredOn(below);
  expect(on.commit).toBe(`${commit}+`);
  expect(measuredOnWords(on)).toMatch(/^\d+ cores \(.+\), \d+ GiB, Node\.js v\d.*, commit \w+\+$/);
});

test("outside a checkout the commit is unknown", () => {
  expect(measuredOn(emptyFolder()).commit).toBe("unknown");
});
