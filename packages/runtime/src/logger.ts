import pino from "pino";

export type Logger = pino.Logger;

/**
 * JSON lines on standard output, one event each. Nothing secret is ever handed to it: addresses
 * are logged without user and password.
 */
export function createLogger(part: string, level: string): Logger {
  return pino({ level, base: { part }, timestamp: pino.stdTimeFunctions.isoTime });
}
