import { hash } from "node:crypto";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const LETTERS_AND_DIGITS = `${LETTERS}0123456789`;

/** How many characters of the taskid make it comparable to a batch: see `batchMark`. */
const MARK_LENGTH = 4;

/**
 * The `taskid` of an identity: 26 characters `[a-z][a-z0-9]{25}`, the same for ever. One character
 * per byte of SHA-256 over the JSON of the pair, so that 7 and "7" differ; about 132 bits.
 */
export function taskidOf(batchid: string, id: number | string): string {
  // As a string, one byte per character: making a Buffer of it costs three times as much.
  const digest = hash("sha256", JSON.stringify([batchid, id]), "binary");
  let text = LETTERS.charAt(digest.charCodeAt(0) % 26);
  for (let i = 1; i < 26; i++) text += LETTERS_AND_DIGITS.charAt(digest.charCodeAt(i) % 36);
  return text;
}

const TASKID = /^[a-z][a-z0-9]{25}$/;

export function isTaskid(text: string): boolean {
  return TASKID.test(text);
}

let lastBatch = "";
let lastMark = "";

/**
 * A short mark of a batch, stored in each log entry: a search by batch reads only the log and then
 * looks at the few records whose mark fits.
 */
export function batchMark(batchid: string): string {
  if (batchid !== lastBatch) {
    lastMark = hash("sha256", batchid, "base64url").slice(0, MARK_LENGTH);
    lastBatch = batchid;
  }
  return lastMark;
}
