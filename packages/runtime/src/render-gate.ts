import type { ServerResponse } from "node:http";

/** A page costs thousands of times what it costs to ask for it: some milliseconds of the event loop. */
const MAX_RENDERING = 2;
const MAX_WAITING = 32;
/** A page that is made may still wait for a client that does not read: that is no rendering. */
const RENDER_LIMIT_MS = 1_000;

interface Waiting {
  render: () => unknown;
  response: ServerResponse;
}

/**
 * Renders few pages at a time, so that whoever asks for many holds up neither tasks nor the other
 * pages; those that wait are forgotten when nobody waits for them any more.
 */
export class RenderGate {
  readonly #waiting: Waiting[] = [];
  #rendering = 0;

  /** @returns false when too many wait already: nothing is rendered then */
  admit(response: ServerResponse, render: () => unknown): boolean {
    if (this.#rendering < MAX_RENDERING) {
      this.#start({ render, response });
      return true;
    }
    if (this.#waiting.length >= MAX_WAITING) this.#forgetGone();
    if (this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push({ render, response });
    return true;
  }

  #start({ render, response }: Waiting): void {
    this.#rendering += 1;
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      clearTimeout(limit);
      this.#rendering -= 1;
      this.#next();
    };
    const limit = setTimeout(over, RENDER_LIMIT_MS);
    response.once("close", over);
    Promise.resolve()
      .then(render)
      .then(over, () => {
        response.destroy();
        over();
      });
  }

  #next(): void {
    while (this.#rendering < MAX_RENDERING) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (!isGone(next.response)) this.#start(next);
    }
  }

  #forgetGone(): void {
    const here = this.#waiting.filter(({ response }) => !isGone(response));
    this.#waiting.splice(0, this.#waiting.length, ...here);
  }
}

/** The answers behind the first one of a connection have no socket yet, and may be gone with it. */
function isGone(response: ServerResponse): boolean {
  return response.destroyed || response.req.socket.destroyed;
}
