import { createHash } from "node:crypto";
import { unlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Locks between processes of one machine that the kernel releases when their holder dies, however
 * it dies: whoever listens on the socket holds the lock. On Linux the socket is an abstract one,
 * which leaves no file behind; elsewhere it is a file, which is removed when nobody answers it.
 */

const ANSWER_MS = 1_000;

/**
 * @typedef {{ release(): Promise<void> }} Lock
 * @typedef {{ kind: "held", lock: Lock } | { kind: "taken", note: string }} LockResult
 */

/**
 * @param {string} name What is locked; any text.
 * @param {() => string} note What the holder tells those who find the lock taken, one line.
 * @returns {Promise<LockResult>} `note` is empty when the holder does not answer.
 */
export async function tryLock(name, note = () => "") {
  const path = socketPath(name);
  for (;;) {
    const lock = await listen(path, note);
    if (lock !== null) return { kind: "held", lock };
    const visit = await visitHolder(path);
    if (visit.kind === "answered") {
      visit.close();
      return { kind: "taken", note: visit.note };
    }
    await removeStale(path);
  }
}

/**
 * Waits until the lock is free and takes it.
 *
 * @param {string} name
 * @param {() => void} onWait Called once if somebody else holds it.
 * @param {AbortSignal} [signal]
 * @returns {Promise<Lock>}
 */
export async function waitForLock(name, onWait, signal) {
  const path = socketPath(name);
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    const lock = await listen(path, () => "");
    if (lock !== null) return lock;
    if (!told) onWait();
    told = true;
    const visit = await visitHolder(path);
    if (visit.kind === "gone") {
      await removeStale(path);
      continue;
    }
    // The holder keeps the connection open until it releases the lock or dies.
    if (signal?.aborted) visit.close();
    signal?.addEventListener("abort", visit.close, { once: true });
    await visit.ended;
    signal?.removeEventListener("abort", visit.close);
  }
}

/** @param {string} name @returns {string} */
function socketPath(name) {
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 32);
  return process.platform === "linux"
    ? `\0taskpulse-${hash}`
    : join(tmpdir(), `taskpulse-${hash.slice(0, 12)}.sock`);
}

/**
 * @param {string} path
 * @param {() => string} note
 * @returns {Promise<Lock | null>} null when somebody else listens there
 */
function listen(path, note) {
  return new Promise((resolve, reject) => {
    /** @type {Set<import("node:net").Socket>} */
    const visitors = new Set();
    const server = createServer((visitor) => {
      visitors.add(visitor);
      visitor.unref();
      visitor.on("error", () => {});
      visitor.on("close", () => visitors.delete(visitor));
      visitor.write(`${note()}\n`);
    });
    server.once("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === "EADDRINUSE") resolve(null);
      else reject(error);
    });
    server.listen(path, () => {
      server.unref();
      const release = () =>
        /** @type {Promise<void>} */ (
          new Promise((released) => {
            server.close(() => released());
            for (const visitor of visitors) visitor.destroy();
          })
        );
      resolve({ release });
    });
  });
}

/**
 * @param {string} path
 * @returns {Promise<{ kind: "gone" } | { kind: "answered", note: string, ended: Promise<void>, close(): void }>}
 */
function visitHolder(path) {
  return new Promise((resolve) => {
    const socket = connect(path);
    /** @type {Promise<void>} */
    const ended = new Promise((done) => socket.once("close", () => done()));
    let received = "";
    const answer = () => {
      const [note = ""] = received.split("\n");
      resolve({ kind: "answered", note, ended, close: () => socket.destroy() });
    };
    socket.once("connect", () => setTimeout(answer, ANSWER_MS).unref());
    socket.on("data", (data) => {
      received += data.toString();
      if (received.includes("\n")) answer();
    });
    socket.on("error", () => resolve({ kind: "gone" }));
    socket.on("close", () => resolve({ kind: "gone" }));
  });
}

/**
 * Two processes may find the same stale file: pausing for a random moment before removing it makes
 * it unlikely that one removes what the other has just made.
 *
 * @param {string} path
 */
async function removeStale(path) {
  await sleep(20 + Math.random() * 80);
  if (path.startsWith("\0")) return;
  const visit = await visitHolder(path);
  if (visit.kind === "answered") {
    visit.close();
    return;
  }
  try {
    unlinkSync(path);
  } catch {
    // Somebody else removed it.
  }
}
