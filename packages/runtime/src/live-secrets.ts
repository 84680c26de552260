import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Config } from "./config.ts";
import type { Logger } from "./logger.ts";
import { RefusedStart } from "./run-app.ts";
import {
  firstWebhookSecrets,
  isOpenToOthers,
  readSecretFile,
  secretFileState,
  unusableSecrets,
  webhookSecretFile,
} from "./webhook-secrets.ts";

/** `parseSecrets` of the webhook package; what a secret is, is its business. */
export type ParseSecrets<Secrets> = (
  text: string,
) => { kind: "secrets"; secrets: Secrets } | { kind: "invalid"; position: number; reason: string };

export interface LiveSecretsOptions<Secrets> {
  config: Pick<Config, "webhookSecret" | "dataDir">;
  parse: ParseSecrets<Secrets>;
  /** Makes one new secret: for the first start. */
  generate: () => string;
  log: Logger;
}

export interface LiveSecrets<Secrets> extends Disposable {
  /** Those in force now: to be asked for every message. */
  readonly current: Secrets;
}

/** An editor writes a file in several steps. */
const SETTLE_MS = 50;
/**
 * The system tells at once of a change in the folder, but not when the folder itself is replaced, what
 * a symbolic link leads to changes, or the disk is another machine's.
 */
const LOOK_EVERY_MS = 2_000;

/**
 * The secrets in force. Where they come from the file in the data folder, a change of it counts at
 * once, so that they can be rotated without a restart; a file that is missing or can't be used changes
 * nothing.
 *
 * @throws RefusedStart when there is none to begin with
 */
export function openWebhookSecrets<Secrets>(
  options: LiveSecretsOptions<Secrets>,
): LiveSecrets<Secrets> {
  const { config, parse, generate, log } = options;
  const file = webhookSecretFile(config);
  // Taken before the file is read: what changes in between is seen at the next look.
  let state = secretFileState(file);
  let text: string | null = firstWebhookSecrets(config, generate);
  const first = parse(text);
  if (first.kind === "invalid") throw new RefusedStart(unusableSecrets(config, first));
  let current = first.secrets;
  if (config.webhookSecret !== undefined) return { current, [Symbol.dispose]() {} };
  if (isOpenToOthers(file)) {
    log.warn({ file }, "others on this machine may read the webhook secrets: chmod 600 the file");
  }

  const readAgain = () => {
    try {
      state = secretFileState(file);
      const newText = readSecretFile(file);
      if (newText === text) return;
      text = newText;
      if (newText === null) {
        log.error({ file }, "the webhook secrets are gone; those read before stay in force");
        return;
      }
      const parsed = parse(newText);
      if (parsed.kind === "invalid") {
        log.error(`${unusableSecrets(config, parsed)} The secrets read before stay in force.`);
        return;
      }
      current = parsed.secrets;
      log.info("the webhook secrets have been read again");
    } catch (error) {
      log.error(
        { err: error },
        "the webhook secrets can't be read; those read before stay in force",
      );
    }
  };
  let settling: NodeJS.Timeout | undefined;
  const watcher = watchFolder(dirname(file), log);
  watcher?.on("change", (_event, name) => {
    if (name !== null && String(name) !== basename(file)) return;
    clearTimeout(settling);
    settling = setTimeout(readAgain, SETTLE_MS);
  });
  const looking = setInterval(() => {
    if (secretFileState(file) !== state) readAgain();
  }, LOOK_EVERY_MS).unref();
  return {
    get current() {
      return current;
    },
    [Symbol.dispose]() {
      watcher?.close();
      clearTimeout(settling);
      clearInterval(looking);
    },
  };
}

/** Null where the system has no more watches to give: looking now and then is enough. */
function watchFolder(folder: string, log: Logger): FSWatcher | null {
  const warn = (error: unknown) =>
    log.warn({ err: error }, "a change of the webhook secrets counts only after some seconds");
  try {
    return watch(folder).on("error", warn);
  } catch (error) {
    warn(error);
    return null;
  }
}
