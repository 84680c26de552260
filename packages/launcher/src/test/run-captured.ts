import { ProcessGroup } from "../process-group.ts";
import { aborted, type StopRequests } from "../stop-requests.ts";

const KEPT_CHARACTERS = 400_000;
const STOP_LIMIT_MS = 15_000;

export interface Captured {
  readonly succeeded: boolean;
  /** The end of what it printed, both streams in order. */
  readonly output: string;
}

export interface CapturedOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly limitMs: number;
  readonly stop: StopRequests;
}

/** Runs a program to its end, or to ours: a request to stop, or the limit, ends its whole group. */
export async function runCaptured(
  program: string,
  args: readonly string[],
  { cwd, env, limitMs, stop }: CapturedOptions,
): Promise<Captured> {
  const group = await ProcessGroup.start(program, args, {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [group.child.stdout, group.child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-KEPT_CHARACTERS);
    });
  }
  const timer = setTimeout(() => {
    output += `\nnot done after ${limitMs / 60_000} minutes: stopped\n`;
    void group.stop(STOP_LIMIT_MS);
  }, limitMs);
  void aborted(stop.signal).then(() => group.stop(STOP_LIMIT_MS));
  void aborted(stop.atOnce).then(() => group.signal("SIGKILL"));
  const { code } = await group.exited;
  clearTimeout(timer);
  return { succeeded: code === 0, output };
}
