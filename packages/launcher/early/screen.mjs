/**
 * What the launcher prints: one line per step with its time, and sentences. The reader of our output
 * may go away at any time (`npm start | head`), which must not end anything.
 */

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", () => {});
}

const NAME_WIDTH = 28;

/** @param {string} text One line for stdout, without its line feed. */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** @param {string} text One line for stderr, without its line feed. */
export function complain(text) {
  process.stderr.write(`${text}\n`);
}

/** @param {number} ms @returns {string} `0.3 s`, `1 min 05 s` */
export function duration(ms) {
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/**
 * @param {boolean} ok
 * @param {string} name
 * @param {number} ms
 * @param {string} [detail]
 * @returns {string}
 */
export function stepLine(ok, name, ms, detail = "") {
  const time = duration(ms).padStart(10);
  return `${ok ? "✓" : "✗"} ${name.padEnd(NAME_WIDTH)}${time}${detail === "" ? "" : `   ${detail}`}`;
}

/**
 * Runs `work` and prints its line when it is done; on a terminal its name is shown meanwhile. The
 * line's name or detail may depend on what came out.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @param {(result: T) => { name?: string, ok?: boolean, detail?: string }} [describe]
 * @returns {Promise<T>}
 */
export async function step(name, work, describe = () => ({})) {
  const startedAt = performance.now();
  const isTerminal = process.stdout.isTTY === true;
  const wipe = () => isTerminal && process.stdout.write("\r\x1b[2K");
  if (isTerminal) process.stdout.write(`· ${name} …`);
  try {
    const result = await work();
    const told = describe(result);
    wipe();
    say(stepLine(told.ok ?? true, told.name ?? name, performance.now() - startedAt, told.detail));
    return result;
  } catch (error) {
    wipe();
    throw error;
  }
}
