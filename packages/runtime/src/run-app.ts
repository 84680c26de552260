import { type Config, ConfigError, loadConfig } from "./config.ts";
import { createLogger, type Logger } from "./logger.ts";
import type { Pages } from "./web-host.ts";

/** The exit code that tells the launcher that starting again would not help (sysexits.h EX_CONFIG). */
const EXIT_REFUSED = 78;
const STOP_LIMIT_MS = 9_000;

/** Thrown while starting when an operator has to change something; the message is shown as it is. */
export class RefusedStart extends Error {
  override readonly name = "RefusedStart";
}

export interface AppContext {
  config: Config;
  log: Logger;
  /** `--dev` and `--api-only` on the command line choose; built pages otherwise. */
  pages: Pages;
}

/**
 * Runs one app of Taskpulse as a process: configuration, start, a word to the launcher once it
 * serves, and one orderly stop on SIGTERM, SIGINT, or when the launcher is gone.
 */
export async function runApp(
  name: string,
  start: (context: AppContext) => Promise<AsyncDisposable>,
): Promise<void> {
  const context = readContext(name);
  const { log } = context;
  process.on("unhandledRejection", (reason) => {
    log.fatal({ err: reason }, "a promise was rejected and nobody looked");
    process.exit(1);
  });

  let stopWanted: () => void = () => {};
  const stopping = new Promise<void>((resolve) => {
    stopWanted = resolve;
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stopWanted);
  process.on("disconnect", stopWanted);

  try {
    const app = await start(context);
    process.send?.({ type: "ready" }, () => {
      // The launcher may have gone meanwhile; "disconnect" says so.
    });
    log.debug("ready");
    await stopping;
    setTimeout(() => {
      log.error({ limitMs: STOP_LIMIT_MS }, "the stop took too long");
      process.exit(1);
    }, STOP_LIMIT_MS).unref();
    await app[Symbol.asyncDispose]();
    process.exit(0);
  } catch (error) {
    if (error instanceof RefusedStart) refuse([error.message]);
    log.fatal({ err: error }, "could not start or stop");
    process.exit(1);
  }
}

function readContext(name: string): AppContext {
  try {
    const config = loadConfig();
    return {
      config,
      log: createLogger(name, config.logLevel),
      pages: pagesWanted(process.argv),
    };
  } catch (error) {
    if (error instanceof ConfigError) refuse(error.problems);
    throw error;
  }
}

function pagesWanted(argv: readonly string[]): Pages {
  if (argv.includes("--api-only")) return "none";
  return argv.includes("--dev") ? "dev" : "built";
}

function refuse(sentences: readonly string[]): never {
  process.stderr.write(`${sentences.join("\n")}\n`);
  process.exit(EXIT_REFUSED);
}
