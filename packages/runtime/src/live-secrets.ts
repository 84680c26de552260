import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Config } from "./config.ts";
import type { Logger } from "./logger.ts";
import { RefusedStart } from "./run-app.ts";
import { readWebhookSecrets, unusableSecrets, webhookSecretFile } from "./webhook-secrets.ts";

/** `parseSecrets` of the webhook package; what a secret is, is its business. */
export type ParseSecrets<Secrets> = (
  text: string,
) => { kind: "secrets"; secrets: Secrets } | { kind: "invalid"; position: number; reason: string };

export interface LiveSecretsOptions<Secrets> {
  config: Pick<Config, "webhookSecret" | "dataDir">;
  parse: ParseSecrets<Secrets>;
  log: Logger;
}

export interface LiveSecrets<Secrets> extends Disposable {
  /** Those in force now: to be asked for every message. */
  readonly current: Secrets;
}

/** An editor writes a file in several steps. */
const SETTLE_MS = 50;

/**
 * The secrets in force. Where they come from the file in the data folder, a change of it counts at
 * once, so that they can be rotated without a restart; a file that can't be used changes nothing.
 *
 * @throws RefusedStart when there is none to begin with
 */
export function openWebhookSecrets<Secrets>(
  options: LiveSecretsOptions<Secrets>,
): LiveSecrets<Secrets> {
  const { config, parse, log } = options;
  let text = readWebhookSecrets(config);
  const first = parse(text);
  if (first.kind === "invalid") throw new RefusedStart(unusableSecrets(config, first));
  let current = first.secrets;
  let settling: NodeJS.Timeout | undefined;

  const readAgain = () => {
    try {
      const newText = readWebhookSecrets(config);
      if (newText === text) return;
      const parsed = parse(newText);
      if (parsed.kind === "invalid") {
        log.error(`${unusableSecrets(config, parsed)} The secrets read before stay in force.`);
        return;
      }
      text = newText;
      current = parsed.secrets;
      log.info("the webhook secrets have changed");
    } catch (error) {
      log.error({ err: error }, "the webhook secrets can't be read; those read before stay");
    }
  };
  const file = webhookSecretFile(config);
  const watcher = config.webhookSecret === undefined ? watch(dirname(file)) : undefined;
  watcher?.on("change", (_event, name) => {
    if (name !== null && String(name) !== basename(file)) return;
    clearTimeout(settling);
    settling = setTimeout(readAgain, SETTLE_MS);
  });
  watcher?.on("error", (error) => {
    log.warn({ err: error }, "changes of the webhook secrets count from the next start only");
  });
  return {
    get current() {
      return current;
    },
    [Symbol.dispose]() {
      watcher?.close();
      clearTimeout(settling);
    },
  };
}
