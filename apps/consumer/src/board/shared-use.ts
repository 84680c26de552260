/** Between two pages nobody uses it for a moment. */
const LINGER_MS = 1_000;

/** Something that runs as long as anybody uses it, and a moment longer: the next page may come. */
export class SharedUse {
  #users = 0;
  #stop: (() => void) | null = null;
  #ending: ReturnType<typeof setTimeout> | undefined;
  #start: () => () => void;

  /** @param start begins; what it returns ends it */
  constructor(start: () => () => void) {
    this.#start = start;
  }

  /** The returned function is to be called once, when it is no longer used. */
  begin(): () => void {
    this.#users += 1;
    clearTimeout(this.#ending);
    this.#stop ??= this.#start();
    return () => {
      this.#users -= 1;
      if (this.#users > 0) return;
      this.#ending = setTimeout(() => {
        this.#stop?.();
        this.#stop = null;
      }, LINGER_MS);
    };
  }
}
