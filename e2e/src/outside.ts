import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const LIMIT_MS = 60_000;

/** A folder outside of the repository into which the published package is installed. */
export interface Outside extends AsyncDisposable {
  readonly folder: string;
  /** What the package consists of, paths relative to it. */
  readonly files: readonly string[];
  /** Type-checks programs, texts by name, and compiles them to JavaScript. @throws with what the compiler says */
  compile(programs: Readonly<Record<string, string>>, options: CompileOptions): Promise<void>;
  /** Runs what was compiled. @returns what it prints */
  run(program: string, node: string, env: Record<string, string>): Promise<string>;
}

interface CompileOptions {
  types: string[];
  lib: string[];
}

/** Packs the client as for publishing and installs it as a user would, but without any network. */
export async function installOutside(): Promise<Outside> {
  const folder = await mkdtemp(join(tmpdir(), "taskpulse-outside-"));
  const packed = join(folder, "packed");
  await mkdir(packed);
  await run(pnpm(), ["pack", "--pack-destination", packed], {
    cwd: join(ROOT, "packages/client"),
    timeout: LIMIT_MS,
  });
  const [tarball = ""] = await readdir(packed);
  const manifest = { name: "outside", private: true, type: "module" };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  const cache = join(folder, "empty-cache");
  const install = ["install", "--offline", "--no-audit", "--no-fund", "--cache", cache];
  await run("npm", [...install, join(packed, tarball)], { cwd: folder, timeout: LIMIT_MS });
  const home = join(folder, "node_modules/@taskpulse/client");
  return {
    folder,
    files: await readdir(home, { recursive: true }),
    async compile(programs, { types, lib }) {
      const names = Object.keys(programs).map((name) => `${name}.ts`);
      for (const [name, text] of Object.entries(programs)) {
        await writeFile(join(folder, `${name}.ts`), text);
      }
      const config = {
        compilerOptions: {
          ...{ target: "ES2022", module: "NodeNext", lib, types, rootDir: ".", outDir: "." },
          typeRoots: [join(ROOT, "node_modules/@types")],
          paths: { zod: [join(ROOT, "packages/contract/node_modules/zod/index.d.ts")] },
          ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
        },
        files: names,
      };
      const project = join(folder, "tsconfig.json");
      await writeFile(project, JSON.stringify(config));
      await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", project, "--pretty", "false"], {
        timeout: LIMIT_MS,
      }).catch((error: { stdout?: string }) => {
        throw new Error(error.stdout ?? String(error));
      });
    },
    async run(program, node, env) {
      const { stdout } = await run(node, [join(folder, `${program}.js`)], {
        cwd: folder,
        timeout: LIMIT_MS,
        env: { PATH: process.env.PATH, ...env },
      });
      return stdout;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function pnpm(): string {
  const own = join(ROOT, ".tools/node_modules/.bin/pnpm");
  return existsSync(own) ? own : "pnpm";
}

/** Every Node.js on PATH that the package is for, one of each version; the oldest may be among them. */
export async function nodesOnPath(): Promise<Map<string, string>> {
  const nodes = new Map<string, string>();
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const node = join(folder, "node");
    if (!existsSync(node)) continue;
    const { stdout } = await run(node, ["--version"]);
    const version = stdout.trim();
    const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
    const isFor = major > 20 || (major === 20 && minor >= 19);
    if (isFor && !nodes.has(version)) nodes.set(version, node);
  }
  return nodes;
}
