import { spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { captureServer, endWithUs, isAlive, until } from "@taskpulse/test-kit";
import { expect, it } from "vitest";

const LAUNCHER = fileURLToPath(new URL("..", import.meta.url));

/** A fresh checkout of which only the bootstrap is real; what it would start says that it runs. */
class Checkout implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), "taskpulse-bootstrap-"));
  readonly bin = join(this.root, "bin");

  constructor() {
    const launcher = join(this.root, "packages/launcher");
    mkdirSync(join(launcher, "src"), { recursive: true });
    for (const path of ["bootstrap.mjs", "early", "package.json"]) {
      cpSync(join(LAUNCHER, path), join(launcher, path), { recursive: true });
    }
    mkdirSync(join(this.root, "apps"));
    this.write("package.json", '{"packageManager":"pnpm@9.8.7"}');
    this.write("pnpm-lock.yaml", "lockfileVersion: 9\n");
    mkdirSync(this.bin);
    symlinkSync(process.execPath, join(this.bin, "node"));
    mkdirSync(join(this.root, `node_modules/node-linux-${process.arch}/bin`), { recursive: true });
    const node = join(this.root, `node_modules/node-linux-${process.arch}/bin/node`);
    symlinkSync(process.execPath, node);
    this.launcher("process.exit(0);");
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.root, path), text);
  }

  launcher(script: string): void {
    this.write(
      "packages/launcher/src/main.ts",
      `console.log("launcher", ...process.argv.slice(2)); ${script}`,
    );
  }

  program(name: string, script: string): void {
    this.write(`bin/${name}`, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
    chmodSync(join(this.bin, name), 0o755);
  }

  /** An npm that "installs" a pnpm that notes each of its runs. */
  tools(pnpm = "exit 0"): void {
    const folder = join(this.root, ".tools/node_modules");
    this.program(
      "npm",
      `mkdir -p ${folder}/pnpm ${folder}/.bin
echo '{"version":"9.8.7"}' > ${folder}/pnpm/package.json
printf '#!/bin/sh\\nPATH=/usr/bin:/bin\\necho "$@" >> ${this.root}/pnpm-runs\\n${pnpm}\\n' > ${folder}/.bin/pnpm
chmod +x ${folder}/.bin/pnpm`,
    );
  }

  installs(): number {
    return readFileSync(join(this.root, "pnpm-runs"), "utf8").trim().split("\n").length;
  }

  run(
    args: readonly string[],
    { env = {}, nodeArgs = [] }: { env?: Record<string, string>; nodeArgs?: string[] } = {},
  ) {
    const script = join(this.root, "packages/launcher/bootstrap.mjs");
    const child = spawn(process.execPath, [...nodeArgs, script, ...args], {
      env: { PATH: this.bin, HOME: this.root, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    endWithUs(child, "SIGTERM");
    // In `printed` the order of lines of different streams is that of their arrival.
    const run = { child, printed: "", stdout: "", exited: Promise.resolve<unknown>(undefined) };
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text: Buffer) => {
        run.printed += text.toString();
        if (stream === child.stdout) run.stdout += text.toString();
      });
    }
    run.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => resolve(code ?? signal));
    });
    return run;
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

it("installs once, and again only when a manifest has changed", async () => {
  using checkout = new Checkout();
  checkout.tools();
  const first = checkout.run(["bench", "--quick"]);
  expect(await first.exited).toBe(0);
  expect(first.printed).toMatch(
    /✓ pnpm 9\.8\.7 +\d+\.\d s\n✓ packages +\d+\.\d s\nlauncher bench --quick\n/,
  );
  expect(await checkout.run(["start"]).exited).toBe(0);
  expect(checkout.installs()).toBe(1);
  checkout.write("pnpm-lock.yaml", "lockfileVersion: 10\n");
  expect(await checkout.run(["start"]).exited).toBe(0);
  expect(checkout.installs()).toBe(2);
});

it("lets one install while another that starts with it waits", async () => {
  using checkout = new Checkout();
  checkout.tools(`while [ ! -e ${checkout.root}/go ]; do sleep 0.05; done`);
  const runs = [checkout.run(["start"]), checkout.run(["start"])];
  const waiting = () => runs.filter(({ printed }) => printed.includes("waiting for it"));
  await until(() => waiting().length > 0, { what: "the second one to wait" });
  checkout.write("go", "");
  expect(await Promise.all(runs.map(({ exited }) => exited))).toEqual([0, 0]);
  expect(checkout.installs()).toBe(1);
  expect(waiting()).toHaveLength(1);
});

it("refuses an old Node.js, a missing npm, a failing install, each in a sentence", async () => {
  using checkout = new Checkout();
  const pretend = 'Object.defineProperty(process,"versions",{value:{node:"20.18.3"}})';
  const old = checkout.run(["start"], {
    nodeArgs: ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`],
  });
  expect(await old.exited).toBe(1);
  expect(old.printed).toMatch(/^Taskpulse needs Node\.js 20\.19 or newer; this is v[\d.]+\.\n$/);

  const npmless = checkout.run(["start"]);
  expect(await npmless.exited).toBe(1);
  expect(npmless.printed).toBe(
    "npm was not found on PATH; it comes with Node.js (https://nodejs.org).\n",
  );

  checkout.tools("echo ECONNREFUSED; exit 1");
  const unreachable = checkout.run(["test"]);
  expect(await unreachable.exited).toBe(1);
  expect(unreachable.printed).toContain(
    "because the npm registry could not be reached; its output is in",
  );
  expect(unreachable.stdout).toMatch(/\n0 passed, 1 failed, 0 skipped\n$/);
  expect(unreachable.printed).not.toMatch(/^\s+at /m);
});

it("stops an install that is interrupted, with everything it has started", async () => {
  using checkout = new Checkout();
  await using server = await captureServer();
  checkout.tools(`echo $$ > ${checkout.root}/pid; sleep 60`);
  const run = checkout.run(["start"], { env: { npm_config_registry: server.url } });
  const pid = await until(() => {
    try {
      return Number(readFileSync(join(checkout.root, "pid"), "utf8"));
    } catch {
      return 0;
    }
  });
  run.child.kill("SIGINT");
  expect(await run.exited).toBe(0);
  await until(() => !isAlive(pid));
});

it("passes on one stop for a burst of signals, and the launcher's exit code", async () => {
  using checkout = new Checkout();
  checkout.tools();
  checkout.launcher(
    `for (const signal of ["SIGINT", "SIGTERM"]) {
       process.on(signal, () => { console.log("asked"); setTimeout(() => process.exit(7), 200); });
     }
     console.log("up"); setInterval(() => {}, 1000);`,
  );
  const run = checkout.run(["start"]);
  await until(() => run.printed.includes("up"));
  run.child.kill("SIGINT");
  run.child.kill("SIGTERM");
  run.child.kill("SIGINT");
  expect(await run.exited, run.printed).toBe(7);
  expect(run.printed.match(/asked/g)).toHaveLength(1);
});

it("tells the launcher when it is killed, or when the npm that started it is", async () => {
  using checkout = new Checkout();
  checkout.tools();
  checkout.launcher(
    `console.log("pid", process.pid); const end = (why) => { console.log(why); process.exit(0); };
     process.on("disconnect", () => end("disconnected")); process.on("SIGTERM", () => end("asked")); setInterval(() => {}, 1000);`,
  );
  const run = checkout.run(["start"]);
  await until(() => run.printed.includes("pid"));
  run.child.kill("SIGKILL");
  await until(() => run.printed.includes("disconnected"));

  const script = join(checkout.root, "packages/launcher/bootstrap.mjs");
  const npm = spawn("/bin/sh", ["-c", `${process.execPath} ${script} start; true`], {
    env: { PATH: checkout.bin, HOME: checkout.root, npm_lifecycle_event: "start" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  endWithUs(npm);
  let printed = "";
  npm.stdout.on("data", (text: Buffer) => {
    printed += text.toString();
  });
  await until(() => printed.includes("pid"));
  npm.kill("SIGKILL");
  await until(() => printed.includes("asked"));
});
