import type { Reply } from "./exchange.ts";

/** What is kept of a reply for people to look at, in bytes. */
export const REPLY_TEXT_BYTES = 16_384;

/**
 * The beginning of a reply as text, at most 16 KiB in UTF-8. What is no UTF-8 is shown as U+FFFD;
 * an encoded body is no text.
 */
export function textOfReply(reply: Reply): string {
  if (isEncoded(reply)) return "";
  const text = beginning(reply.body);
  // A byte that is no UTF-8 becomes three.
  return Buffer.byteLength(text) <= REPLY_TEXT_BYTES ? text : beginning(Buffer.from(text));
}

/** Whether the body is compressed, although `identity` was asked for. */
export function isEncoded({ headers }: Reply): boolean {
  const encoding = headers["content-encoding"];
  return encoding !== undefined && !/^\s*(?:identity)?\s*$/i.test(String(encoding));
}

function beginning(bytes: Buffer): string {
  const isCut = bytes.length > REPLY_TEXT_BYTES;
  // As a stream, a character that the cut goes through is left out.
  return new TextDecoder().decode(bytes.subarray(0, REPLY_TEXT_BYTES), { stream: isCut });
}
