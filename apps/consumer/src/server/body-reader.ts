import type { IncomingMessage } from "node:http";
import { BodyRoom } from "./body-room.ts";

export type BodyRead =
  | { kind: "whole"; body: Buffer }
  /** More than a body may have; what came is dropped. */
  | { kind: "tooLarge" }
  /** The bodies that are on their way, or those of this sender, hold all the memory there is for them. */
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
  readonly #maxBodyBytes: number;
  readonly #room: BodyRoom;

  constructor({ maxBodyBytes, maxHeldBytes }: BodyReaderLimits) {
    this.#maxBodyBytes = maxBodyBytes;
    this.#room = new BodyRoom(maxHeldBytes);
  }

  /** How much the bodies hold that have come in part, in bytes. */
  get heldBytes(): number {
    return this.#room.heldBytes;
  }

  /**
   * @param senderOf who sends it, for the room it takes: asked only when it comes in parts
   * @param settle called once, and never synchronously
   */
  read(message: IncomingMessage, senderOf: () => string, settle: (read: BodyRead) => void): void {
    const declared = declaredLength(message);
    const pieces: Buffer[] = [];
    let size = 0;
    let held = 0;
    let sender: string | null = null;
    let open = true;

    // The listeners stay: to take three away costs more than to find the body closed.
    const finish = (read: BodyRead) => {
      if (!open) return;
      open = false;
      pieces.length = 0;
      if (sender !== null) this.#room.giveBack(sender, held);
      settle(read);
    };
    const onEnd = () => finish({ kind: "whole", body: joined(pieces, size) });
    message.on("data", (piece: Buffer) => {
      if (!open) return;
      pieces.push(piece);
      size += piece.length;
      if (size > this.#maxBodyBytes) return finish({ kind: "tooLarge" });
      if (size === declared) return onEnd();
      const cost = piece.length + PIECE_BYTES;
      held += cost;
      sender ??= senderOf();
      if (!this.#room.take(sender, cost, size)) finish({ kind: "noRoom" });
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
