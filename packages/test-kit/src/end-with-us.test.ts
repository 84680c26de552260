import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { endWithUs } from "./end-with-us.ts";
import { isAlive } from "./is-alive.ts";
import { until } from "./until.ts";

const KIT = JSON.stringify(new URL("./index.ts", import.meta.url).href);

/** A Node.js program that has started things; `script` leaves their process ids in `pids`. */
async function starter(script: string) {
  const program = `import { spawn } from "node:child_process";
    import { endWithUs, startRedis } from ${KIT};
    const idle = ["-e", "setInterval(() => {}, 1_000)"];
    const pids = [];
    ${script}
    console.log(JSON.stringify(pids));`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  endWithUs(parent);
  const [line] = await once(createInterface({ input: parent.stdout }), "line");
  return { parent, pids: JSON.parse(String(line)) as number[] };
}

it("ends what a process has started when that process is killed: children, frozen ones, Redis", async () => {
  const { parent, pids } = await starter(`
    for (const signal of ["SIGKILL", "SIGTERM"]) {
      const child = spawn(process.execPath, idle, { detached: true, stdio: "ignore" });
      endWithUs(child, signal);
      pids.push(child.pid);
    }
    process.kill(pids[0], "SIGSTOP");
    pids.push((await startRedis()).pid);
    setInterval(() => {}, 1_000);`);
  expect(pids.map(isAlive)).toEqual([true, true, true]);
  parent.kill("SIGKILL");
  await until(() => !pids.some(isAlive), { what: "all of them to end", timeoutMs: 5_000 });
});

it("does not hold up a process that comes to its end, and ends what is left then", async () => {
  const { parent, pids } = await starter(`
    const child = spawn(process.execPath, idle, { stdio: "ignore" });
    endWithUs(child);
    child.unref();
    pids.push(child.pid);`);
  if (parent.exitCode === null) await once(parent, "exit");
  await until(() => !pids.some(isAlive), { what: "its child to end", timeoutMs: 5_000 });
});
