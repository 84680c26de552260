import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freeServerPort } from "@taskpulse/test-kit";
import { KeptProcess } from "../site/kept-process.ts";
import { type Note, readJournal } from "./journal.ts";

const MODULE = fileURLToPath(new URL("./remote-main.ts", import.meta.url));
/** Long enough that the worker is refused a connection, and tries again. */
const RESTART_PAUSE_MS = 400;

/** An endpoint that tasks are run by. */
export interface Remote extends AsyncDisposable {
  readonly name: string;
  readonly origin: string;
  readonly kept: KeptProcess;
  /** All that it has heard, in all its lives. */
  notes(): Note[];
}

export async function startRemote(name: string, folder: string): Promise<Remote> {
  const port = await freeServerPort();
  const journal = join(folder, `${name}.journal`);
  const kept = await KeptProcess.start({
    ...{ name, module: MODULE, args: [String(port), journal], cwd: folder },
    // Node.js options are for the product.
    env: { PATH: process.env.PATH },
    ...{ logFile: join(folder, `${name}.log`), restartPauseMs: RESTART_PAUSE_MS },
  });
  return {
    name,
    origin: `http://127.0.0.1:${port}`,
    kept,
    notes: () => readJournal(journal),
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}
