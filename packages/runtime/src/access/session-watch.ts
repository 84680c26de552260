import type { EndedSessions } from "./ended-sessions.ts";
import type { Session } from "./sessions.ts";

const LOOK_EVERY_MS = 2_000;

/**
 * Ends what goes on for long (sockets, event streams) when the session that opened it has ended:
 * those were let in once and are not asked again.
 */
export class SessionWatch implements Disposable {
  readonly #ended: EndedSessions;
  readonly #open = new Map<string, { session: Session; ends: Set<() => void> }>();
  readonly #timer: NodeJS.Timeout;
  #looking = false;

  constructor(ended: EndedSessions) {
    this.#ended = ended;
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  /** How much is looked after. */
  get size(): number {
    let size = 0;
    for (const { ends } of this.#open.values()) size += ends.size;
    return size;
  }

  /** @returns to be called when it is over by itself */
  add(session: Session, end: () => void): () => void {
    const entry = this.#open.get(session.id) ?? { session, ends: new Set() };
    this.#open.set(session.id, entry);
    entry.ends.add(end);
    return () => {
      entry.ends.delete(end);
      if (entry.ends.size === 0 && this.#open.get(session.id) === entry) {
        this.#open.delete(session.id);
      }
    };
  }

  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.#ended.save();
      for (const { session, ends } of [...this.#open.values()]) {
        const over = session.expiresAt * 1_000 <= Date.now() || (await this.#ended.has(session));
        if (over) for (const end of ends) attempt(end);
      }
    } finally {
      this.#looking = false;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** One that can't be ended must not keep the others open; it is tried again at the next look. */
function attempt(end: () => void): void {
  try {
    end();
  } catch {
    // What can't even be closed is most likely gone, and forgets itself.
  }
}
