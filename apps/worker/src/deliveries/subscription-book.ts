import {
  type ClaimedDelivery,
  type Keys,
  readDestinationVersions,
  readSubscriptions,
  readSubscriptionVersion,
  type SecretVersion,
  type StoredSubscription,
} from "@taskpulse/store";
import { receiverOf, type Secrets, signingSecrets } from "@taskpulse/webhook";
import type { Redis } from "ioredis";

/** What is newer than asked for is taken, unless it has been so for long: then the store is another. */
const NEWER_MS = 1_000;
const LOOK_EVERY_MS = 5_000;

interface Page {
  subscriptions: ReadonlyMap<string, StoredSubscription>;
  destinations: ReadonlyMap<string, SecretVersion>;
}

const FIRST: SecretVersion = { version: 1, previousUntil: 0 };

/** What this worker knows of subscriptions and secrets, read again when any of them has changed. */
export class SubscriptionBook {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #masters: () => Secrets;
  #page: Promise<Page> | null = null;
  #version = -1;
  /** By a clock that never goes back. */
  #readAt = 0;
  #destinations: Page["destinations"] = new Map();
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @param masters the secrets in force: those of receivers are derived from them */
  constructor(redis: Redis, keys: Keys, masters: () => Secrets) {
    this.#redis = redis;
    this.#keys = keys;
    this.#masters = masters;
  }

  /** As they are now. */
  async subscriptions(): Promise<Iterable<StoredSubscription>> {
    const page = await this.#at(await readSubscriptionVersion(this.#redis, this.#keys));
    return page.subscriptions.values();
  }

  /**
   * What signs a delivery: the secret of its subscription, or of its address, derived from the first
   * master; while one is being replaced, the one before as well.
   *
   * @param version as the claim told it
   */
  async secretsOf(
    { subscriptionid, request }: Pick<ClaimedDelivery, "subscriptionid" | "request">,
    version: number,
    nowMs: number,
  ): Promise<Secrets> {
    const { subscriptions, destinations } = await this.#at(version);
    const receiver = receiverOf(subscriptionid, request.url);
    const secret =
      subscriptionid === ""
        ? destinations.get(receiver)
        : subscriptions.get(subscriptionid)?.secret;
    return signingSecrets(this.#masters(), receiver, secret ?? FIRST, nowMs);
  }

  /**
   * What signs a call to an address, without waiting: a secret that was replaced is known some
   * seconds later, while the one before still signs.
   */
  addressSecrets(url: string, nowMs: number): Secrets {
    const now = performance.now();
    if (now - this.#lookedAt > LOOK_EVERY_MS) {
      this.#lookedAt = now;
      this.subscriptions().catch(() => {
        // Redis is away: what is known stays.
      });
    }
    const receiver = receiverOf("", url);
    const secret = this.#destinations.get(receiver) ?? FIRST;
    return signingSecrets(this.#masters(), receiver, secret, nowMs);
  }

  #at(version: number): Promise<Page> {
    const now = performance.now();
    const isNewer = this.#version > version && now - this.#readAt < NEWER_MS;
    if (this.#page !== null && (this.#version === version || isNewer)) return this.#page;
    this.#version = version;
    this.#readAt = now;
    const page = this.#read();
    this.#page = page;
    page.catch(() => {
      // Whoever asked hears of it; the next one reads again.
      if (this.#page === page) this.#page = null;
    });
    return page;
  }

  async #read(): Promise<Page> {
    const [subscriptions, destinations] = await Promise.all([
      readSubscriptions(this.#redis, this.#keys),
      readDestinationVersions(this.#redis, this.#keys),
    ]);
    const named = subscriptions.map((each): [string, StoredSubscription] => [
      each.subscriptionid,
      each,
    ]);
    this.#destinations = destinations;
    return { subscriptions: new Map(named), destinations };
  }
}
