/**
 * Every check that guards the map is seen to fail: each case plants one violation in a small copy of
 * the repository and expects the tool that `npm test` runs to report it.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SETTINGS = [
  "package.json",
  "pnpm-workspace.yaml",
  "pnpm-lock.yaml",
  "turbo.json",
  "biome.json",
  "knip.json",
  "tsconfig.base.json",
  ".gitignore",
];

let copy: string;
let restore: Array<() => void> = [];

/** The manifests and settings of every package are the real ones, its source is one empty file. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "taskpulse-arrows-"));
  for (const file of SETTINGS) cpSync(join(ROOT, file), join(copy, file));
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  const folders = ["apps", "packages"].flatMap((group) =>
    readdirSync(join(ROOT, group)).map((name) => join(group, name)),
  );
  for (const folder of [...folders, "e2e", "bench", "chaos"]) {
    if (!existsSync(join(ROOT, folder, "package.json"))) continue;
    mkdirSync(join(copy, folder, "src"), { recursive: true });
    for (const file of ["package.json", "turbo.json", "tsconfig.json"]) {
      const source = join(ROOT, folder, file);
      if (existsSync(source)) cpSync(source, join(copy, folder, file));
    }
    writeFileSync(join(copy, folder, "src/index.ts"), "export {};\n");
  }
  spawnSync("git", ["init", "-q"], { cwd: copy });
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

function write(path: string, text: string): void {
  const file = join(copy, path);
  const before = existsSync(file) ? readFileSync(file) : undefined;
  restore.push(() => {
    if (before === undefined) rmSync(file);
    else writeFileSync(file, before);
  });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function depend(folder: string, dependency: string): void {
  const path = join(folder, "package.json");
  const manifest = JSON.parse(readFileSync(join(copy, path), "utf8"));
  manifest.dependencies = { ...manifest.dependencies, [dependency]: "workspace:*" };
  write(path, JSON.stringify(manifest));
}

/** Runs the tool with what was planted, then takes that away again. */
function run(tool: string, ...args: string[]): { failed: boolean; output: string } {
  const result = spawnSync(join(ROOT, "node_modules/.bin", tool), args, {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", NO_COLOR: "1" },
  });
  for (const undo of restore) undo();
  restore = [];
  return { failed: result.status !== 0, output: result.stdout + result.stderr };
}

const boundaries = () => run("turbo", "boundaries");
const biome = (path: string) => run("biome", "lint", "--colors=off", path);

it("finds nothing where nothing was planted", () => {
  expect(boundaries()).toMatchObject({ failed: false });
  expect(biome(".")).toMatchObject({ failed: false });
});

it.each([
  ["packages/contract", "@taskpulse/runtime"],
  ["packages/contract", "@taskpulse/test-kit"],
  ["packages/store", "@taskpulse/runtime"],
  ["packages/runtime", "@taskpulse/store"],
  ["packages/ui", "@taskpulse/runtime"],
  ["packages/client", "@taskpulse/store"],
  ["packages/client", "@taskpulse/consumer"],
  ["packages/launcher", "@taskpulse/store"],
  ["packages/test-kit", "@taskpulse/store"],
  ["packages/runtime", "@taskpulse/producer"],
  ["apps/consumer", "@taskpulse/producer"],
  ["apps/producer", "@taskpulse/launcher"],
  ["apps/producer", "@taskpulse/bench"],
  ["packages/store", "@taskpulse/chaos"],
])("sees %s depend on %s", (folder, dependency) => {
  depend(folder, dependency);
  const { failed, output } = boundaries();
  expect(failed).toBe(true);
  expect(output.replace(/\s+\|?\s*/g, " ")).toContain(`Package \`${dependency}\` found`);
});

it("sees an import of a package that is not declared", () => {
  write("packages/store/src/index.ts", 'import "@taskpulse/runtime";\n');
  expect(boundaries().output).toContain("cannot import package `@taskpulse/runtime`");
  write("packages/store/src/index.ts", 'import "left-pad";\n');
  expect(biome("packages/store").output).toContain("noUndeclaredDependencies");
});

it("sees an import that leaves its package by a path", () => {
  write("apps/consumer/src/index.ts", 'import "../../../packages/store/src/index.ts";\n');
  expect(boundaries().output).toContain("leaves the package");
});

it.each([
  [
    "apps/consumer/src/server/a.ts",
    "@taskpulse/store/src/keys.ts",
    "Import what the package exports",
  ],
  ["apps/consumer/src/server/a.ts", "@taskpulse/test-kit", "for development only"],
  ["apps/consumer/src/board/a.ts", "@taskpulse/store", "over HTTP only"],
  ["apps/producer/src/page/a.ts", "@taskpulse/runtime", "Only @taskpulse/runtime/config"],
  ["apps/producer/src/app/a.ts", "../server/batch-runner.ts", "over HTTP or in Redis"],
])("sees %s import %s", (path, imported, message) => {
  write(path, `import "${imported}";\n`);
  const { failed, output } = biome(path);
  expect(failed).toBe(true);
  expect(output).toContain("noRestrictedImports");
  expect(output.replace(/\s+/g, " ")).toContain(message);
});

it.each([
  ["apps/worker/src/run/a.ts", 'import { Agent } from "undici";\nconsole.log(Agent);\n'],
  ["apps/worker/src/handlers/a.ts", 'await fetch("http://a.example");\n'],
  ["apps/consumer/src/server/a.ts", 'import { request } from "node:http";\nrequest("x");\n'],
  ["apps/consumer/src/server/a.ts", 'await globalThis.fetch("http://a.example");\n'],
  ["packages/store/src/a.ts", 'import https from "node:https";\nhttps.get("x");\n'],
  ["packages/store/src/a.ts", 'import * as net from "node:net";\nnet.connect(1);\n'],
  ["packages/runtime/src/a.ts", 'new WebSocket("ws://a.example");\n'],
  ["packages/runtime/src/a.ts", 'import http from "node:http";\nhttp.get("x");\n'],
  [
    "packages/contract/src/a.ts",
    'import { createSocket } from "node:dgram";\ncreateSocket("udp4");\n',
  ],
])("sees %s call out by itself: %s", (path, source) => {
  write(path, source);
  const { failed, output } = biome(path);
  expect(failed).toBe(true);
  expect(output).toMatch(/noRestricted(?:Globals|Imports)/);
  expect(output.replace(/\s+/g, " ")).toMatch(
    /Only @taskpulse\/webhook calls out|Name what you need/,
  );
});

it("lets the guard itself call out, tests, browsers, and the producer towards its receiver", () => {
  const calls = 'import { get } from "node:http";\nget("x");\nawait fetch("http://a.example");\n';
  write("packages/webhook/src/a.ts", calls);
  write("apps/worker/src/a.test.ts", calls);
  write("apps/consumer/src/server/fixtures/a.ts", calls);
  write("apps/consumer/src/board/a.ts", 'await fetch("/api/summary");\n');
  write("apps/producer/src/server/a.ts", calls);
  write("packages/store/src/a.ts", 'import { isIP } from "node:net";\nisIP("x");\n');
  write(
    "packages/runtime/src/a.ts",
    'import { createServer } from "node:http";\ncreateServer();\n',
  );
  expect(biome(".")).toMatchObject({ failed: false });
});

it("allows a page the configuration, and a test the test kit", () => {
  write("apps/consumer/src/app/a.ts", 'import "@taskpulse/runtime/config";\n');
  write("apps/consumer/src/board/a.test.ts", 'import "@taskpulse/test-kit";\n');
  expect(biome("apps/consumer").failed).toBe(false);
});

it("sees files that import each other in a circle", () => {
  write("packages/store/src/a.ts", 'import { b } from "./b.ts";\nexport const a = () => b;\n');
  write("packages/store/src/b.ts", 'import { a } from "./a.ts";\nexport const b = () => a;\n');
  expect(biome("packages/store").output).toContain("noImportCycles");
});

it("sees a file, an export and a dependency that nothing uses", () => {
  write("packages/store/src/unused-file.ts", "export const nothing = 1;\n");
  write("packages/store/src/index.ts", 'import { used } from "./part.ts";\nconsole.log(used);\n');
  write("packages/store/src/part.ts", "export const used = 1;\nexport const unusedExport = 2;\n");
  const { failed, output } = run("knip", "--workspace", "packages/store");
  expect(failed).toBe(true);
  expect(output).toMatch(/Unused files[\s\S]*packages\/store\/src\/unused-file\.ts/);
  expect(output).toMatch(/Unused exports[\s\S]*unusedExport/);
  expect(output).toMatch(/Unused dependencies[\s\S]*ioredis +packages\/store/);
});
