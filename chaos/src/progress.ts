import type { FaultRecord } from "./strike-all.ts";

/** What a person sees of a run: one line for whatever happens, with the time since it began. */
export class Progress {
  readonly #beganAt = performance.now();

  say(text: string): void {
    const seconds = Math.floor((performance.now() - this.#beganAt) / 1_000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    process.stdout.write(`${time.padStart(6)}  ${text}\n`);
  }

  fault(record: FaultRecord, total: number): void {
    const { number, what, ackAgeMs, lastedMs, detail, firstAckAfterPongMs } = record;
    const words = [
      `${String(number).padStart(String(total).length)}/${total}  ${what}`,
      `${ackAgeMs.toFixed(1)} ms after an acknowledgement`,
      `over after ${(lastedMs / 1_000).toFixed(1)} s`,
    ];
    if (detail !== undefined) words.push(detail);
    if (firstAckAfterPongMs !== undefined) {
      words.push(`first 200 ${Math.round(firstAckAfterPongMs)} ms after PONG`);
    }
    this.say(words.join("; "));
  }
}
