import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The file that Redis appends to, as the manifest names it (Redis 7, multi-part append-only file): of
 * the incremental ones the last.
 */
export function newestAppendFile(redisDir: string): string {
  const folder = join(redisDir, "appendonlydir");
  const manifest = readFileSync(join(folder, "appendonly.aof.manifest"), "utf8");
  const names = [...manifest.matchAll(/^file (\S+) seq \d+ type i/gm)].map(([, name]) => name);
  const newest = names.at(-1);
  if (newest === undefined) throw new Error(`the manifest in ${folder} names no incremental file`);
  return join(folder, newest);
}
