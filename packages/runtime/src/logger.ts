import pino from "pino";

export type Logger = pino.Logger;

/**
 * JSON lines on standard output, one event each. Nothing secret is ever handed to it: addresses
 * are logged without user and password.
 *
 * @param destination somewhere else than standard output
 */
export function createLogger(
  part: string,
  level: string,
  destination?: pino.DestinationStream,
): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { part },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: withoutData },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** ioredis hangs the whole command on its errors: other people's tasks, which belong in no log. */
function withoutData(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const code = "code" in error ? error.code : undefined;
  return { type: name, message, code, stack, cause: cause && withoutData(cause) };
}
