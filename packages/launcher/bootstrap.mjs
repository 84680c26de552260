/**
 * What `npm start`, `npm test`, `npm run dev`, `npm run bench` and `npm run chaos` run. It needs
 * nothing but Node.js 20.19 and npm: it brings pnpm, the packages and Node.js 24, and hands over to
 * the launcher.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const startedAt = Date.now();
const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const [command = "start", ...rest] = process.argv.slice(2);

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Taskpulse needs Node.js 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

const { handOver } = await import("./early/hand-over.mjs");
const { providePackages, providePnpm } = await import("./early/provide-packages.mjs");
const { complain, say } = await import("./early/screen.mjs");
const { waitForLock } = await import("./early/socket-lock.mjs");
const { onStopSignal } = await import("./early/stop-signals.mjs");

process.env.NEXT_TELEMETRY_DISABLED = "1";
process.env.TURBO_TELEMETRY_DISABLED = "1";

const interrupted = new AbortController();
/** @type {ReturnType<typeof handOver> | undefined} */
let launcher;
/** @param {NodeJS.Signals} signal */
const stop = (signal) => {
  interrupted.abort();
  launcher?.stop(signal);
};
onStopSignal(stop);
stopWithNpm(() => stop("SIGTERM"));

try {
  const lock = await waitForLock(
    `install ${root}`,
    () => say("· another start installs packages in this folder: waiting for it"),
    interrupted.signal,
  );
  await providePnpm(root, interrupted.signal);
  await providePackages(root, interrupted.signal);
  await lock.release();
  interrupted.signal.throwIfAborted();
  launcher = handOver(root, [command, ...rest], startedAt);
  process.exit(await launcher.exitCode);
} catch (error) {
  if (interrupted.signal.aborted) process.exit(command === "start" || command === "dev" ? 0 : 130);
  if (!(error instanceof Error) || error.name !== "Refusal") throw error;
  complain(error.message);
  if (command === "test") say("0 passed, 1 failed, 0 skipped");
  process.exit(1);
}

/** npm may be killed without a signal reaching us; our parent is another process then. @param {() => void} onGone */
function stopWithNpm(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onGone();
  }, 300);
  watch.unref();
}
