import type { ConnectionObserver } from "@taskpulse/test-kit";
import { identityKey, type Ledger, type Sending, type Side } from "./ledger.ts";

const TASK = /\{"batchid":"([^"\\]+)","id":(\d+),/;
const ANSWER = /^HTTP\/1\.1 (\d{3})[\s\S]*\r\n\r\n/;
const ACCEPTED = /"accepted":(\d+)/;

/**
 * Reads along between a producer and its consumer, and enters every acknowledgement that a consumer
 * gives into the ledger, whether or not it reaches the producer. What the producers themselves
 * believe to have delivered lies in the store, and would be lost together with it.
 *
 * A producer sends one task per request, and waits for its answer before the next on a connection.
 */
export class AckTap implements ConnectionObserver {
  readonly #ledger: Ledger;
  readonly #by: Side;
  #request = "";
  #answer = "";
  #sending: Sending | null = null;

  constructor(ledger: Ledger, by: Side) {
    this.#ledger = ledger;
    this.#by = by;
  }

  fromClient(chunk: Buffer): void {
    if (this.#answer !== "") {
      this.#request = "";
      this.#answer = "";
      this.#sending = null;
    }
    this.#request += chunk.toString("latin1");
    if (this.#sending !== null) return;
    const [, batchid, id] = TASK.exec(this.#request) ?? [];
    if (batchid === undefined) return;
    this.#sending = this.#ledger.sending("producers", batchid, [identityKey(batchid, Number(id))]);
  }

  fromServer(chunk: Buffer): void {
    this.#answer += chunk.toString("latin1");
    if (this.#sending === null || ANSWER.exec(this.#answer)?.[1] !== "200") return;
    const [, accepted] = ACCEPTED.exec(this.#answer) ?? [];
    if (accepted === undefined) return;
    this.#ledger.acknowledged(this.#sending, Number(accepted), this.#by);
    this.#sending = null;
  }
}
