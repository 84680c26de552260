import { AckClock } from "./ack-clock.ts";

/** Which of the two: A is what the launcher runs, B stands beside it, behind the proxies. */
export type Side = "A" | "B";

/** `runs` are tasks that are run; the others are only recorded. */
export const SENDERS = ["direct", "producers", "runs"] as const;
export type Sender = (typeof SENDERS)[number];

/** What became of one identity, as its senders were told. */
export interface Account {
  readonly sender: Sender;
  readonly batchid: string;
  /** When it was sent first, in milliseconds since the epoch. */
  readonly sentAt: number;
  acknowledgements: number;
  /** Of those, how many said that it was new. More than one means that it had been forgotten. */
  accepted: number;
  /** In milliseconds since the run began; null until then. */
  firstAckAt: number | null;
}

/** One request under way. */
export interface Sending {
  readonly accounts: readonly Account[];
  /** How many of its identities nobody had been acknowledged before it was sent: no more can be new. */
  readonly unacknowledged: number;
}

/** An acknowledgement that contradicts an earlier one. */
export interface Contradiction {
  readonly at: number;
  readonly by: Side;
  readonly batchid: string;
  /** How many identities were called new that had been acknowledged before. */
  readonly forgotten: number;
}

/** Batch and id, 7 and "7" being two. */
export function identityKey(batchid: string, id: number | string): string {
  return JSON.stringify([batchid, id]);
}

export function identityOf(key: string): [batchid: string, id: number | string] {
  return JSON.parse(key);
}

/**
 * Every acknowledgement that anybody was given, with its time. It knows nothing of the store: the
 * two are compared when the run is over.
 */
export class Ledger {
  readonly acks = new AckClock();
  readonly contradictions: Contradiction[] = [];
  readonly #accounts = new Map<string, Account>();
  #acknowledgedTasks = 0;

  /** Identities that were acknowledged at least once. */
  get acknowledgedTasks(): number {
    return this.#acknowledgedTasks;
  }

  get accounts(): ReadonlyMap<string, Account> {
    return this.#accounts;
  }

  /** To be called before a request leaves. @param keys of its tasks; one may stand there twice */
  sending(sender: Sender, batchid: string, keys: readonly string[]): Sending {
    const accounts = new Set<Account>();
    for (const key of keys) {
      let account = this.#accounts.get(key);
      if (account === undefined) {
        const counts = { acknowledgements: 0, accepted: 0, firstAckAt: null };
        account = { sender, batchid, sentAt: Date.now(), ...counts };
        this.#accounts.set(key, account);
      }
      accounts.add(account);
    }
    const known = [...accounts];
    const unacknowledged = known.filter((account) => account.firstAckAt === null).length;
    return { accounts: known, unacknowledged };
  }

  /** @param accepted how many of its tasks the answer called new */
  acknowledged({ accounts, unacknowledged }: Sending, accepted: number, by: Side): void {
    const at = this.acks.tick(by);
    for (const account of accounts) {
      account.acknowledgements += 1;
      if (account.firstAckAt === null) {
        account.firstAckAt = at;
        this.#acknowledgedTasks += 1;
      }
      if (accepted === accounts.length) account.accepted += 1;
    }
    const forgotten = accepted - unacknowledged;
    if (forgotten > 0) {
      this.contradictions.push({ at, by, batchid: accounts[0]?.batchid ?? "", forgotten });
    }
  }

  /** Keys of what was sent and never acknowledged. */
  *unacknowledged(sender: Sender): Generator<string> {
    for (const [key, account] of this.#accounts) {
      if (account.sender === sender && account.firstAckAt === null) yield key;
    }
  }
}
