import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Child extends AsyncDisposable {
  readonly process: ChildProcess;
  /** Sends a word and waits for the answer. */
  ask<Answer>(word: string): Promise<Answer>;
}

/** Starts a program of this repository and waits until it says that it is ready. */
export async function startChild(
  module: string,
  args: readonly string[],
  { cwd, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Child> {
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), args, {
    ...(cwd === undefined ? {} : { cwd: fileURLToPath(new URL(cwd, import.meta.url)) }),
    env: { ...process.env, NODE_ENV: "production", ...env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const ready = await Promise.race([once(child, "message"), exited.then(() => null)]);
  if (ready === null) throw new Error(`${module} ended before it was ready`);
  return {
    process: child,
    async ask<Answer>(word: string) {
      child.send(word);
      const [answer] = (await once(child, "message")) as [Answer];
      return answer;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
