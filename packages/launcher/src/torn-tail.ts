import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";

const CHUNK_BYTES = 4_194_304;
const STAR = 0x2a;
const HASH = 0x23;
const DOLLAR = 0x24;
const LINE_END = "\r\n";

/**
 * Cuts off what a power cut, or a kill in the middle of a write, has left at the end of Redis'
 * append-only file: half a command, a transaction without its end, zeros. What Redis acknowledged is
 * on disk with its end, so nothing of it is touched.
 *
 * Redis cuts half a command off by itself, but only that: when it belonged to a transaction, as all
 * that a script writes does, the transaction's beginning stays, is not executed at that start, and
 * swallows what is written after it: at the next start, Redis 7.0 executes both, Valkey may drop both
 * (valkey-io/valkey pull request 4342).
 *
 * To be called while no Redis runs on the folder. @returns how many bytes were cut off
 */
export async function cutTornTail(redisDir: string): Promise<number> {
  const path = await newestFile(join(redisDir, "appendonlydir"));
  if (path === undefined) return 0;
  await using file = await open(path, "r+");
  const { size } = await file.stat();
  const whole = await wholeBytes(file, size);
  if (whole === size) return 0;
  await file.truncate(whole);
  await file.sync();
  return size - whole;
}

/** The file that is appended to: of the incremental ones that the manifest names, the last. */
async function newestFile(folder: string): Promise<string | undefined> {
  const manifest = await readFile(join(folder, "appendonly.aof.manifest"), "utf8").catch(() => "");
  const names = [...manifest.matchAll(/^file (\S+) seq \d+ type i/gm)].map(([, name]) => name);
  const newest = names.at(-1);
  return newest === undefined ? undefined : join(folder, newest);
}

/**
 * Up to where the file holds whole commands and whole transactions; its size when it holds something
 * that is no torn end but unreadable: that is for Redis to say.
 */
async function wholeBytes(file: FileHandle, size: number): Promise<number> {
  let rest: Buffer = Buffer.alloc(0);
  /** Where `rest` begins in the file. */
  let offset = 0;
  let whole = 0;
  let inTransaction = false;
  for await (const chunk of chunks(file, await endBeforeZeros(file, size))) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (;;) {
      const part = readPart(rest, at);
      if (part === "unreadable") return size;
      if (part === "incomplete") break;
      at = part.end;
      if (part.name === "MULTI") inTransaction = true;
      else if (part.name === "EXEC") inTransaction = false;
      if (!inTransaction) whole = offset + at;
    }
    rest = rest.subarray(at);
    offset += at;
  }
  return whole;
}

/** File systems may leave zeros where a write was torn; no command ends with one. */
async function endBeforeZeros(file: FileHandle, size: number): Promise<number> {
  for (let end = size; end > 0; ) {
    const begin = Math.max(0, end - CHUNK_BYTES);
    const chunk = await readAt(file, begin, end - begin);
    const last = chunk.findLastIndex((byte) => byte !== 0);
    if (last >= 0) return begin + last + 1;
    end = begin;
  }
  return 0;
}

async function* chunks(file: FileHandle, end: number): AsyncGenerator<Buffer> {
  for (let position = 0; position < end; ) {
    const chunk = await readAt(file, position, Math.min(CHUNK_BYTES, end - position));
    if (chunk.length === 0) return;
    position += chunk.length;
    yield chunk;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

type ReadPart = { end: number; name: string } | "incomplete" | "unreadable";

/** One command as an array of strings (Redis serialization protocol), or one line of a note. */
function readPart(buffer: Buffer, at: number): ReadPart {
  const first = buffer[at];
  if (first === undefined) return "incomplete";
  if (first === HASH) {
    const end = buffer.indexOf(LINE_END, at);
    return end < 0 ? "incomplete" : { end: end + 2, name: "" };
  }
  const count = readNumber(buffer, at, STAR);
  if (typeof count === "string") return count;
  let end = count.end;
  let name = "";
  for (let i = 0; i < count.value; i++) {
    const length = readNumber(buffer, end, DOLLAR);
    if (typeof length === "string") return length;
    const begin = length.end;
    end = begin + length.value + 2;
    if (end > buffer.length) return "incomplete";
    if (i === 0 && length.value <= 5) {
      name = buffer.toString("latin1", begin, begin + length.value).toUpperCase();
    }
  }
  return { end, name };
}

const LONGEST_NUMBER = 20;

function readNumber(
  buffer: Buffer,
  at: number,
  mark: number,
): { value: number; end: number } | "incomplete" | "unreadable" {
  if (at >= buffer.length) return "incomplete";
  if (buffer[at] !== mark) return "unreadable";
  let value = 0;
  for (let i = at + 1; i < at + LONGEST_NUMBER; i++) {
    const byte = buffer[i];
    if (byte === undefined) return "incomplete";
    if (byte === 0x0d) {
      return i + 1 < buffer.length ? { value, end: i + 2 } : "incomplete";
    }
    if (byte < 0x30 || byte > 0x39) return "unreadable";
    value = value * 10 + byte - 0x30;
  }
  return "unreadable";
}
