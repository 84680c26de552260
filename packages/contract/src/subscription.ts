import { z } from "zod";
import { httpUrl, refuseBadHeaders, webhookRequestFields } from "./outgoing-fields.ts";
import { PRIORITIES, type Priority } from "./priority.ts";

/** How many subscriptions there can be. */
export const MAX_SUBSCRIPTIONS = 1_000;

/** How a task ended, in the words of result webhooks. */
export const RESULT_STATUSES = ["finished", "failed"] as const;
export type ResultStatus = (typeof RESULT_STATUSES)[number];

const NAME = "must be a text of 1 to 200 characters";
const name = z.string(NAME).min(1, NAME).max(200, NAME);
const DESCRIPTION = "must be a text of at most 2,000 characters";

/** What is absent fits every task; what is there must fit all of it. */
const filterSchema = z.strictObject({
  priority: z.array(z.enum(PRIORITIES)).min(1).max(4).optional(),
  state: z.array(z.enum(RESULT_STATUSES)).min(1).max(2).optional(),
  owner: name.optional(),
  batchid: name.optional(),
});

/**
 * `POST /api/subscriptions`: results of all tasks that fit the filter go to this address. `PATCH`
 * merges what it is sent into this (RFC 7396).
 */
export const subscriptionSchema = z
  .strictObject({
    url: httpUrl.max(2_048, "must have at most 2,048 characters"),
    /** What people call it. */
    name: name.optional(),
    description: z.string(DESCRIPTION).max(2_000, DESCRIPTION).optional(),
    filter: filterSchema.optional(),
    /** The caller that delivers, as `webhook.name` of a task; default `basic`. */
    caller: name.optional(),
    ...webhookRequestFields,
  })
  .superRefine(refuseBadHeaders);
export type SubscriptionRequest = z.infer<typeof subscriptionSchema>;
export type SubscriptionFilter = NonNullable<SubscriptionRequest["filter"]>;

/** One subscription as the API shows it: everything but what is secret. Times are ISO 8601 in UTC. */
export interface SubscriptionView {
  subscriptionid: string;
  /** Without the password that it may hold. */
  url: string;
  name: string | null;
  description: string | null;
  filter: SubscriptionFilter;
  caller: string;
  method: string;
  /** Their names; what they say is not shown. */
  headers: string[];
  cookies: string[];
  /** Whether there is a user and a password. */
  auth: boolean;
  /** Seconds. */
  timeout: number;
  max_retries: number;
  /** Seconds. */
  retry_intervals: number[];
  state: "active" | "disabled";
  /** Why it is disabled, in one sentence; null while it is active. */
  why: string | null;
  created_at: string;
  /** When it was disabled; null while it is active. */
  disabled_at: string | null;
  /** The last secret before this one also signs until then; null when it does not. */
  previous_secret_until: string | null;
  /** How many of its webhooks have been delivered, and how many have failed for good. */
  delivered: number;
  failed: number;
}

/** The answer to creating one and to `/rotate-secret`: the only ones that show the secret. */
export interface SubscriptionWithSecret extends SubscriptionView {
  /** `whsec_…` (Standard Webhooks 1.0.0), to verify what arrives. */
  secret: string;
}

export function fitsFilter(
  filter: SubscriptionFilter,
  task: { priority: Priority; owner: string; batchid: string; status: ResultStatus },
): boolean {
  const { priority, state, owner, batchid } = filter;
  return (
    (priority === undefined || priority.includes(task.priority)) &&
    (state === undefined || state.includes(task.status)) &&
    (owner === undefined || owner === task.owner) &&
    (batchid === undefined || batchid === task.batchid)
  );
}
