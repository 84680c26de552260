import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "./config.ts";

const FILE = "webhook-secret";

/**
 * The secrets that senders sign with, separated by white space: what `WEBHOOK_SECRET` says, else
 * what `DATA_DIR/webhook-secret` holds. That file is made at the first start, with one new secret,
 * and can be read by its owner only. Whoever comes first makes it, all others read the same.
 *
 * Rejects with the file system's error when the file can be neither read nor made.
 */
export function readWebhookSecrets({
  webhookSecret,
  dataDir,
}: Pick<Config, "webhookSecret" | "dataDir">): string {
  if (webhookSecret !== undefined) return webhookSecret;
  const path = webhookSecretFile({ dataDir });
  return readIfThere(path) ?? makeSecret(dataDir, path);
}

export function webhookSecretFile({ dataDir }: Pick<Config, "dataDir">): string {
  return join(dataDir, FILE);
}

/** One sentence for an operator, which never repeats what was given. */
export function unusableSecrets(
  { webhookSecret, dataDir }: Pick<Config, "webhookSecret" | "dataDir">,
  { position, reason }: { position: number; reason: string },
): string {
  const where = webhookSecret === undefined ? webhookSecretFile({ dataDir }) : "WEBHOOK_SECRET";
  return `${where} can't be used: ${reason} (number ${position}).`;
}

function makeSecret(dataDir: string, path: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  const secret = `whsec_${randomBytes(32).toString("base64")}\n`;
  writeFileSync(draft, secret, { mode: 0o600 });
  try {
    // Unlike a rename, a link never replaces what another process has made meanwhile.
    linkSync(draft, path);
    return secret;
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
    return readFileSync(path, "utf8");
  } finally {
    rmSync(draft, { force: true });
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return null;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
