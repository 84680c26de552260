import { once } from "node:events";
import { join } from "node:path";
import { ProcessGroup } from "./process-group.ts";

export interface AppOptions {
  /** The app's folder; its program is `src/main.ts`. */
  readonly folder: string;
  readonly redisUrl: string;
  readonly dev: boolean;
}

/** Starts one of the apps; it says over IPC when it serves. */
export function startApp({ folder, redisUrl, dev }: AppOptions): Promise<ProcessGroup> {
  const args = ["--disable-warning=ExperimentalWarning", join(folder, "src/main.ts")];
  return ProcessGroup.start(process.execPath, dev ? [...args, "--dev"] : args, {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: {
      ...process.env,
      REDIS_URL: redisUrl,
      NODE_ENV: dev ? "development" : "production",
      // Names that tasks make the worker look up, and that nobody answers for, hold one thread each.
      UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? "16",
    },
  });
}

export async function appReady({ child }: ProcessGroup, signal: AbortSignal): Promise<void> {
  for (;;) {
    const [message] = await once(child, "message", { signal });
    if (isReady(message)) return;
  }
}

function isReady(message: unknown): boolean {
  return (
    typeof message === "object" && message !== null && "type" in message && message.type === "ready"
  );
}
