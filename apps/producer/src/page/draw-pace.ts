/** More outcomes than this between two drawings are a flood: nobody reads it line by line. */
const FLOOD = 30;
const FLOOD_DRAWS_EVERY_MS = 100;

/** When the page is drawn: at most once per animation frame, in a flood ten times a second. */
export class DrawPace {
  readonly #draw: () => void;
  #frame = 0;
  #waits: ReturnType<typeof setTimeout> | undefined;
  #drawnAt = 0;
  #sinceDrawn = 0;
  #flood = false;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** One more outcome is to be shown. */
  count(): void {
    this.#sinceDrawn += 1;
  }

  request(): void {
    if (this.#frame !== 0 || this.#waits !== undefined) return;
    const waitMs = this.#flood ? this.#drawnAt + FLOOD_DRAWS_EVERY_MS - performance.now() : 0;
    if (waitMs > 0) this.#waits = setTimeout(() => this.#atNextFrame(), waitMs);
    else this.#atNextFrame();
  }

  /** What was requested is not drawn any more. */
  stop(): void {
    clearTimeout(this.#waits);
    this.#waits = undefined;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #atNextFrame(): void {
    this.#waits = undefined;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#drawnAt = performance.now();
      this.#flood = this.#sinceDrawn > FLOOD;
      this.#sinceDrawn = 0;
      this.#draw();
    });
  }
}
