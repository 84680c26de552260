import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "./config.ts";

const FILE = "webhook-secret";

type SecretSource = Pick<Config, "webhookSecret" | "dataDir">;

/**
 * The secrets that senders sign with, separated by white space: what `WEBHOOK_SECRET` says, else
 * what `DATA_DIR/webhook-secret` holds. That file is made at the first start, with one generated secret,
 * and can be read by its owner only. Whoever comes first makes it, all others read the same.
 *
 * Only for the start: a file that is missing later is one that somebody replaces just now, and a new
 * secret would turn every sender away.
 *
 * Throws the file system's error when the file can be neither read nor made.
 */
export function firstWebhookSecrets(source: SecretSource, generate: () => string): string {
  const { webhookSecret, dataDir } = source;
  if (webhookSecret !== undefined) return webhookSecret;
  try {
    return readFileSync(webhookSecretFile(source), "utf8");
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
    return makeFile(dataDir, webhookSecretFile(source), `${generate()}\n`);
  }
}

/** What the file holds now; null when it is not there. Throws every other error. */
export function readSecretFile(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return null;
    throw error;
  }
}

/**
 * Another text whenever the file may have become another one, behind symbolic links as well; null
 * when it can't be found out.
 */
export function secretFileState(path: string): string | null {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join();
  } catch {
    return null;
  }
}

/** Whether others than its owner may do something with the file. */
export function isOpenToOthers(path: string): boolean {
  return (statSync(path).mode & 0o077) !== 0;
}

export function webhookSecretFile({ dataDir }: Pick<Config, "dataDir">): string {
  return join(dataDir, FILE);
}

/** One sentence for an operator, which never repeats what was given. */
export function unusableSecrets(
  { webhookSecret, dataDir }: SecretSource,
  { position, reason }: { position: number; reason: string },
): string {
  const where = webhookSecret === undefined ? webhookSecretFile({ dataDir }) : "WEBHOOK_SECRET";
  return `${where} can't be used: ${reason} (number ${position}).`;
}

function makeFile(dataDir: string, path: string, text: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // Not by process id: processes in two containers may have the same one.
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  // On disk before it has its name: a power cut must leave no empty file that stops the next start.
  writeFileSync(draft, text, { mode: 0o600, flag: "wx", flush: true });
  try {
    // Unlike a rename, a link never replaces what another process has made meanwhile.
    linkSync(draft, path);
    return text;
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
    return readFileSync(path, "utf8");
  } finally {
    rmSync(draft, { force: true });
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
