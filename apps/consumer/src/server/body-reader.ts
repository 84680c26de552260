import type { IncomingMessage } from "node:http";

export type BodyRead =
  | { kind: "whole"; body: Buffer }
  /** More than a body may have; what came is dropped. */
  | { kind: "tooLarge" }
  /** The bodies that are on their way hold all the memory there is for them. */
  | { kind: "noRoom" }
  /** The connection ended first: there is nobody to answer. */
  | { kind: "broken" };

export interface BodyReaderLimits {
  /** Of one body, in bytes. */
  maxBodyBytes: number;
  /** Of all bodies that have come in part, together. */
  maxHeldBytes: number;
}

/** What a piece costs besides its bytes: a body in pieces of one byte must not cost 300 times its size. */
const PIECE_BYTES = 256;

/**
 * Reads request bodies, counting bytes as they arrive and before they are kept. A body that comes
 * in one piece is never turned away for want of room: it holds none while it waits for the rest.
 */
export class BodyReader {
  readonly #limits: BodyReaderLimits;
  #heldBytes = 0;

  constructor(limits: BodyReaderLimits) {
    this.#limits = limits;
  }

  /** How much the bodies hold that have come in part, in bytes. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** `settle` is called once, and never synchronously. */
  read(message: IncomingMessage, settle: (read: BodyRead) => void): void {
    const { maxBodyBytes, maxHeldBytes } = this.#limits;
    const declared = declaredLength(message);
    const pieces: Buffer[] = [];
    let size = 0;
    let held = 0;

    let open = true;

    // The listeners stay: to take three away costs more than to find the body closed.
    const finish = (read: BodyRead) => {
      if (!open) return;
      open = false;
      pieces.length = 0;
      this.#heldBytes -= held;
      settle(read);
    };
    const onEnd = () => finish({ kind: "whole", body: joined(pieces, size) });
    message.on("data", (piece: Buffer) => {
      if (!open) return;
      pieces.push(piece);
      size += piece.length;
      if (size > maxBodyBytes) return finish({ kind: "tooLarge" });
      if (size === declared) return onEnd();
      const cost = piece.length + PIECE_BYTES;
      held += cost;
      this.#heldBytes += cost;
      if (this.#heldBytes > maxHeldBytes) finish({ kind: "noRoom" });
    });
    // A body of a known length has ended with its last piece.
    if (!declared) message.on("end", onEnd);
    message.on("close", () => finish({ kind: "broken" }));
  }
}

/** The Content-Length, which Node.js has checked; null when there is none. */
export function declaredLength(message: IncomingMessage): number | null {
  const length = message.headers["content-length"];
  return length === undefined ? null : Number(length);
}

function joined(pieces: readonly Buffer[], size: number): Buffer {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, size);
}
