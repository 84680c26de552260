import {
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from "node:crypto";
import type { WebhookSecret } from "./secret.ts";

/** The attempt that a token speaks for. */
export interface ReportedAttempt {
  taskid: string;
  round: number;
  attempt: number;
}

export type VerifiedReport =
  | { kind: "verified"; round: number; attempt: number }
  /** Not a token, or not for this task. */
  | { kind: "invalid" };

const SALT = "taskpulse";
const INFO = "report token 1";
/** `<round>.<attempt>.<mac>`, the MAC being 256 bits in base64url. */
const TOKEN = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.([\w-]{43})$/;

/**
 * What a call carries so that its endpoint, having answered 202, may report how that attempt ended:
 * `<round>.<attempt>.<mac>`. Nobody can guess it, and nothing has to be stored for it. Fit for a URL.
 */
export function reportToken(report: ReportedAttempt & { master: WebhookSecret }): string {
  return `${report.round}.${report.attempt}.${macOf(report.master, report)}`;
}

/**
 * Which attempt of the task a token speaks for. Any text is harmless; the comparison takes constant
 * time.
 *
 * @param masters all that are in force: a token may be older than the first of them
 */
export function verifyReportToken(input: {
  token: string;
  taskid: string;
  masters: readonly WebhookSecret[];
}): VerifiedReport {
  const [, round, attempt, mac] = TOKEN.exec(input.token) ?? [];
  if (mac === undefined) return { kind: "invalid" };
  const report = { taskid: input.taskid, round: Number(round), attempt: Number(attempt) };
  const given = Buffer.from(mac, "latin1");
  for (const master of input.masters) {
    if (timingSafeEqual(given, Buffer.from(macOf(master, report), "latin1"))) {
      return { kind: "verified", round: report.round, attempt: report.attempt };
    }
  }
  return { kind: "invalid" };
}

function macOf(master: WebhookSecret, { taskid, round, attempt }: ReportedAttempt): string {
  return createHmac("sha256", reportKey(master))
    .update(`${round}.${attempt}.${taskid}`)
    .digest("base64url");
}

const reportKeys = new WeakMap<KeyObject, KeyObject>();

/** A key for nothing else: what is signed as a webhook with the master is no token, whatever it says. */
function reportKey({ key }: WebhookSecret): KeyObject {
  const known = reportKeys.get(key);
  if (known !== undefined) return known;
  const derived = createSecretKey(Buffer.from(hkdfSync("sha256", key, SALT, INFO, 32)));
  reportKeys.set(key, derived);
  return derived;
}
