import { batchNewsChannel, type Keys } from "@taskpulse/store";
import type { Redis } from "ioredis";

/**
 * Tells those who wait for a batch that there is something to read, through one subscribed
 * connection per process. News may be missed while Redis is away, so everybody is told to look
 * once it is back; listeners must look now and then by themselves too.
 */
export class BatchNews implements Disposable {
  readonly #subscriber: Redis;
  readonly #byBatch = new Map<string, Set<() => void>>();
  readonly #onChanged: () => void;

  /**
   * @param subscriber a connection of its own, which waits for messages
   * @param onChanged called when a batch was created or its state changed from outside
   */
  constructor(subscriber: Redis, keys: Keys, onChanged: () => void) {
    this.#subscriber = subscriber;
    this.#onChanged = onChanged;
    subscriber.on("message", this.#tell);
    subscriber.on("ready", this.#lookAtAll);
    // What is subscribed to stays so over outages, also if Redis is away now.
    subscriber.subscribe(batchNewsChannel(keys)).then(this.#lookAtAll, () => {});
  }

  /** Calls `look` whenever there may be something new about the batch, until disposed. */
  listen(batchid: string, look: () => void): Disposable {
    const listeners = this.#byBatch.get(batchid) ?? new Set();
    this.#byBatch.set(batchid, listeners.add(look));
    return {
      [Symbol.dispose]: () => {
        listeners.delete(look);
        if (listeners.size === 0) this.#byBatch.delete(batchid);
      },
    };
  }

  [Symbol.dispose](): void {
    this.#subscriber.off("message", this.#tell);
    this.#subscriber.off("ready", this.#lookAtAll);
    this.#byBatch.clear();
  }

  /** The answer comes after that to SUBSCRIBE: from then on no news is missed. */
  readonly #lookAtAll = (): void => {
    this.#subscriber.ping().then(
      () => {
        this.#onChanged();
        for (const listeners of this.#byBatch.values()) for (const look of listeners) look();
      },
      // The connection went away again; "ready" comes once more.
      () => {},
    );
  };

  readonly #tell = (_channel: string, message: string): void => {
    const changed = message.startsWith("!");
    for (const look of this.#byBatch.get(changed ? message.slice(1) : message) ?? []) look();
    if (changed) this.#onChanged();
  };
}
