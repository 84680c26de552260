import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "taskpulse-preload-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs one file with a preload, as the apps are run. */
function run(preload: string, path: string, text: string, env: Record<string, string>) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const { href } = new URL(preload, import.meta.url);
  const args = ["--disable-warning=ExperimentalWarning", `--import=${href}`, file];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { stdout: stdout.trim(), stderr, status };
}

const DATES = `
const day = new Date(0);
console.log(JSON.stringify([Date.now(), new Date().getTime(), Date.parse(Date()), Date.UTC(2026, 0), day.getTime(), new Date() instanceof Date]));
`;

it.each([-3_600_000, 0, 3_600_000])("shifts the clock of an app by %i ms", (offset) => {
  writeFileSync(join(root, "side-consumer"), String(offset));
  const env = { CHAOS_CLOCKS: join(root, "side") };
  const { stdout, stderr } = run("./clock.mjs", "apps/consumer/src/main.ts", DATES, env);
  const [now, made, spoken, utc, epoch, isDate] = JSON.parse(stdout || stderr);
  const expected = Date.now() + offset;
  for (const time of [now, made, spoken]) expect(Math.abs(time - expected)).toBeLessThan(10_000);
  expect([utc, epoch, isDate]).toEqual([Date.UTC(2026, 0), 0, true]);
});

it("leaves everything else alone", () => {
  writeFileSync(join(root, "side-consumer"), "3600000");
  const env = { CHAOS_CLOCKS: join(root, "side") };
  const { stdout } = run("./clock.mjs", "apps/consumer/other.ts", DATES, env);
  expect(Math.abs(JSON.parse(stdout)[0] - Date.now())).toBeLessThan(10_000);
});

const COMMIT = "packages/store/src/commit-tasks.ts";
const LINE = "  local known = call('GET', key)\n";

it("sabotages one line, and refuses when it is not there exactly once", () => {
  const env = { CHAOS_SABOTAGE: "no-deduplication" };
  const print = (lines: string) => `const text: string = \`${lines}\`;\nconsole.log(text);\n`;
  const sabotaged = run("./sabotage.mjs", COMMIT, print(LINE), env);
  expect(sabotaged.stdout).toBe("local known = false");
  for (const lines of ["", LINE + LINE]) {
    const { status, stderr } = run("./sabotage.mjs", COMMIT, print(lines), env);
    expect(status).toBe(1);
    expect(stderr).toContain('places for "no-deduplication", not one');
  }
  expect(run("./sabotage.mjs", COMMIT, "", { CHAOS_SABOTAGE: "other" }).status).toBe(1);
});
