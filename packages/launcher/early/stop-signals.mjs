/**
 * A terminal's Ctrl-C reaches us several times within a millisecond (from the terminal and through
 * npm), so signals close together are one request to stop. A later one means: at once.
 */
const BURST_MS = 2_000;
const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * @typedef {{
 *   on(event: string, listener: (signal: NodeJS.Signals) => void): unknown,
 *   off(event: string, listener: (signal: NodeJS.Signals) => void): unknown,
 * }} SignalSource
 */

/**
 * Calls `listener` with the signal and with which request this is: 1 for the first one.
 *
 * @param {(signal: NodeJS.Signals, request: number) => void} listener
 * @param {{ source?: SignalSource, now?: () => number }} [options]
 * @returns {() => void} ends it
 */
export function onStopSignal(listener, { source = process, now = () => performance.now() } = {}) {
  let requests = 0;
  let burstBegan = Number.NEGATIVE_INFINITY;
  /** @param {NodeJS.Signals} signal */
  const receive = (signal) => {
    if (now() - burstBegan < BURST_MS) return;
    burstBegan = now();
    requests += 1;
    listener(signal, requests);
  };
  for (const signal of SIGNALS) source.on(signal, receive);
  return () => {
    for (const signal of SIGNALS) source.off(signal, receive);
  };
}
