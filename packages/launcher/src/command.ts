import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConfigError, loadConfig } from "@taskpulse/runtime/config";
import { Refusal } from "../early/refusal.mjs";
import { complain } from "../early/screen.mjs";
import { bench } from "./bench.ts";
import { chaos } from "./chaos.ts";
import { start } from "./start.ts";
import { test } from "./test/test-command.ts";

export interface CommandLine {
  /** The repository's root. */
  readonly root: string;
  readonly command: string | undefined;
  readonly args: readonly string[];
}

/** @returns the exit code; whatever is expected to go wrong has been told in a sentence. */
export async function runCommand(line: CommandLine): Promise<number> {
  try {
    return await dispatch(line);
  } catch (error) {
    if (error instanceof ConfigError) for (const problem of error.problems) complain(problem);
    else if (error instanceof Refusal) complain(error.message);
    else throw error;
    return 1;
  }
}

async function dispatch({ root, command, args }: CommandLine): Promise<number> {
  // Counted from the bootstrap's beginning, which came long before this process.
  const startedAt = Number(process.env.TASKPULSE_STARTED_AT ?? Date.now());
  delete process.env.TASKPULSE_STARTED_AT;
  switch (command) {
    case "start":
    case "dev":
      return start({ root, config: configuration(root), dev: command === "dev", startedAt });
    case "test":
      return test({ root, words: args });
    case "bench":
      return bench({ root, args });
    case "chaos":
      return chaos({ root, args });
    default:
      throw new Refusal(
        `There is no command "${command}": it is start, dev, test, bench or chaos.`,
      );
  }
}

/** The environment wins over `.env`; the children inherit both. */
function configuration(root: string) {
  const file = join(root, ".env");
  if (existsSync(file)) process.loadEnvFile(file);
  return loadConfig();
}
