import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Refusal } from "../early/refusal.mjs";
import { tryLock } from "../early/socket-lock.mjs";

/**
 * Makes the data folder and takes it for this process until it ends.
 *
 * @param addresses Where this instance is to be found, told to whoever comes second.
 * @throws Refusal when it can't be written, or another instance has it
 */
export async function lockDataDir(dataDir: string, addresses: string): Promise<AsyncDisposable> {
  try {
    makeFolder(dataDir);
    if (!statSync(dataDir).isDirectory()) throw new Error("it is no folder");
    accessSync(dataDir, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal(`DATA_DIR ${dataDir} can't be used: ${reason}.`);
  }
  const result = await tryLock(`data ${realpathSync(dataDir)}`, () => addresses);
  switch (result.kind) {
    case "held":
      return { [Symbol.asyncDispose]: () => result.lock.release() };
    case "taken": {
      const where = result.note === "" ? "" : ` (${result.note})`;
      throw new Refusal(
        `Another Taskpulse${where} already runs on DATA_DIR ${dataDir}: stop it, or choose another folder with DATA_DIR.`,
      );
    }
    default:
      return result satisfies never;
  }
}

/**
 * Level by level: Node.js' own recursive way never ends where the file system answers "not found"
 * to making a folder in one that is there, as /proc does.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another start may have been quicker.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}
