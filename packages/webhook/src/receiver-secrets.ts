import { destinationSecret, endpointDestination } from "./destination-secret.ts";
import type { WebhookSecret } from "./secret.ts";

/** Which of a receiver's secrets is in force: they are derived, not stored. */
export interface SecretVersion {
  /** From 1; each takes the place of the one before. */
  version: number;
  /** Until when the one before also signs, in ms since the epoch; 0: it does not. */
  previousUntil: number;
}

export type Secrets = readonly [WebhookSecret, ...WebhookSecret[]];

/** How many masters sign at a time: while one is replaced there are two. */
const MOST_MASTERS = 3;

/** Names a receiver of results: a subscription, or the address of a task's own webhook. */
export function receiverOf(subscriptionid: string, url: string): string {
  return subscriptionid === "" ? endpointDestination(url) : `subscription ${subscriptionid}`;
}

/** The secret that a receiver is shown. */
export function receiverSecret(
  master: WebhookSecret,
  receiver: string,
  version: number,
): WebhookSecret {
  return destinationSecret(master, version === 1 ? receiver : `${receiver}\n${version}`);
}

/**
 * All that sign what a receiver gets: its secret, the one before while that is being replaced, and
 * what follows from further masters, so that a master can be replaced too.
 */
export function signingSecrets(
  masters: Secrets,
  receiver: string,
  { version, previousUntil }: SecretVersion,
  nowMs: number,
): Secrets {
  const [first] = masters;
  const versions = previousUntil > nowMs && version > 1 ? [version, version - 1] : [version];
  const others = masters
    .slice(0, MOST_MASTERS)
    .flatMap((master) => versions.map((each) => ({ master, each })))
    .slice(1);
  return [
    receiverSecret(first, receiver, version),
    ...others.map(({ master, each }) => receiverSecret(master, receiver, each)),
  ];
}
