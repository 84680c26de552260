import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "./refusal.mjs";
import { step } from "./screen.mjs";
import { runTool } from "./tool.mjs";

/** What is put on top of a checkout before anything of it can run: pnpm, then every package. */

/** A registry that can't be reached is reported after seconds, not after npm's minutes. */
const PATIENCE = [
  "--fetch-retries=2",
  "--fetch-retry-mintimeout=1000",
  "--fetch-retry-maxtimeout=5000",
];

/** @param {string} root @param {AbortSignal} signal */
export async function providePnpm(root, signal) {
  const { packageManager = "" } = readJson(join(root, "package.json"));
  const [, version] = /^pnpm@(\d+\.\d+\.\d+)/.exec(packageManager) ?? [];
  if (version === undefined) throw new Refusal("package.json names no pnpm version.");
  const home = join(root, ".tools");
  await step(`pnpm ${version}`, async () => {
    if (readJson(join(home, "node_modules/pnpm/package.json")).version === version) return;
    const logFile = join(home, "npm.log");
    const result = await runTool(
      "npm",
      [
        ...["install", "--prefix", home, `pnpm@${version}`, "--no-save", "--no-package-lock"],
        ...["--no-audit", "--no-fund", "--ignore-scripts=false", "--global=false", ...PATIENCE],
      ],
      { cwd: root, logFile, signal },
    );
    if (result.kind === "missing") {
      throw new Refusal("npm was not found on PATH; it comes with Node.js (https://nodejs.org).");
    }
    expectSuccess(result, `pnpm ${version} could not be installed with npm`, logFile);
  });
}

/** @param {string} root @param {AbortSignal} signal */
export async function providePackages(root, signal) {
  const stampFile = join(root, "node_modules/.taskpulse-install");
  const wanted = manifestHash(root);
  await step("packages", async () => {
    if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return;
    const logFile = join(root, ".tools/pnpm.log");
    const result = await runTool(
      join(root, ".tools/node_modules/.bin/pnpm"),
      [
        "install",
        "--frozen-lockfile",
        "--config.confirm-modules-purge=false",
        ...PATIENCE.map((flag) => flag.replace("--", "--config.")),
      ],
      { cwd: root, logFile, signal },
    );
    expectSuccess(result, "The packages could not be installed with pnpm", logFile);
    writeFileSync(stampFile, wanted);
  });
}

/** Changes with anything that decides what an install puts on disk. @param {string} root */
function manifestHash(root) {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  const folders = ["apps", "packages"].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name)),
  );
  const manifests = [".", ...folders, "bench", "e2e"].map((folder) => join(folder, "package.json"));
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests.sort()]) {
    if (!existsSync(join(root, file))) continue;
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

/**
 * @param {import("./tool.mjs").ToolResult} result
 * @param {string} failure
 * @param {string} logFile
 */
function expectSuccess(result, failure, logFile) {
  if (result.kind === "ended" && result.code === 0) return;
  if (result.kind === "interrupted") throw new Refusal("Interrupted.");
  const registry =
    existsSync(logFile) &&
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|FETCH_ERROR|META_FETCH_FAIL|network)\b/i.test(
      readFileSync(logFile, "utf8"),
    );
  const why = registry ? ", because the npm registry could not be reached" : "";
  throw new Refusal(`${failure}${why}; its output is in ${logFile}.`);
}

/** @param {string} file @returns {Record<string, string>} empty when there is no such file */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return {};
  }
}
