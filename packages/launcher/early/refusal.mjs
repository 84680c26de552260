/** An expected end: its message is one sentence for the person at the keyboard, shown without a stack. */
export class Refusal extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "Refusal";
  }
}
