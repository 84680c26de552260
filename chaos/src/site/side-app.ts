import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { App } from "./clocks.ts";
import { KeptProcess } from "./kept-process.ts";

const APPS = fileURLToPath(new URL("../../../apps", import.meta.url));
const RESTART_PAUSE_MS = 200;

/** One of the apps, without its pages; resolves when it serves. */
export function startSideApp(options: {
  app: App;
  env: NodeJS.ProcessEnv;
  logFile: string;
}): Promise<KeptProcess> {
  const { app, env, logFile } = options;
  const cwd = join(APPS, app);
  return KeptProcess.start({
    ...{ name: app, module: join(cwd, "src/main.ts"), args: ["--api-only"], cwd },
    ...{ env, logFile, restartPauseMs: RESTART_PAUSE_MS },
  });
}
