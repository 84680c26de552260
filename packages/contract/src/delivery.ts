import { z } from "zod";
import type { FailureType } from "./outcome.ts";
import type { ResultStatus } from "./subscription.ts";
import type { Task } from "./task.ts";

/**
 * The body of a result webhook: how a task ended. `webhook-id` names the delivery and is the same on
 * every try; a receiver that has seen it before has seen this body before.
 */
export interface ResultPayload {
  /** The taskid. */
  id: string;
  status: ResultStatus;
  /** `webhook.test` is sent when somebody asks for a test, with made-up values. */
  event_type: ResultEvent;
  /** When this body was written, once for all tries and all receivers: ISO 8601 in UTC. */
  timestamp: string;
  /** When the task's last round began its first attempt; null when it never began one. */
  started_at: string | null;
  /** When it came to rest. */
  ended_at: string;
  /** From `started_at` to `ended_at` in seconds, three decimals; null when it never began. */
  duration: number | null;
  /** How many attempts its last round made; 0 when it never began one. */
  attempts: number;
  result: {
    type: "success" | "failure";
    /** What it returned; null when it failed, and when it returned null. */
    retval: unknown;
    /** Null when it succeeded. */
    error: { type: FailureType; message: string } | null;
  };
  /** What its sender said, without `webhook`: that may hold passwords, and receivers are many. */
  task: Omit<Task, "webhook">;
}

export const RESULT_EVENTS = ["job.completed", "job.failed", "webhook.test"] as const;
export type ResultEvent = (typeof RESULT_EVENTS)[number];

/** `pending` until it is delivered, has failed for good, or nobody wants it any more (`discarded`). */
export const DELIVERY_STATES = ["pending", "delivered", "failed", "discarded"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Of each reply so much is kept, in characters. */
export const MAX_REPLY_CHARS = 16_384;
/** Of each delivery so many attempts are kept, the newest. */
export const MAX_KEPT_ATTEMPTS = 20;

/** Why an attempt failed; `CallerError`: the caller itself broke, `UnknownCaller`: there is none of this name. */
export type DeliveryErrorType =
  | Extract<
      FailureType,
      | "HttpError"
      | "RedirectRefused"
      | "Timeout"
      | "ConnectionFailed"
      | "AddressRefused"
      | "Interrupted"
      | "InvalidResponse"
    >
  | "CallerError"
  | "UnknownCaller";

/** One try to deliver. Times are ISO 8601 in UTC. */
export interface DeliveryAttempt {
  /** Counts from 1 over all runs: a replay goes on counting. */
  attempt: number;
  started_at: string;
  duration_ms: number;
  outcome: "delivered" | "failed";
  /** The HTTP status of the reply, if there was one. */
  status?: number;
  error?: { type: DeliveryErrorType; message: string };
  /** The beginning of the reply, at most `MAX_REPLY_CHARS`; left out when it was empty. */
  reply?: string;
  /** When the next one is due, if there is one. */
  retry_at?: string;
}

/** One delivery as lists show it. Times are ISO 8601 in UTC. */
export interface DeliveryRow {
  /** Also its `webhook-id`. */
  deliveryid: string;
  state: DeliveryState;
  /** Why it has failed or was discarded, in one sentence; null otherwise. */
  why: string | null;
  event_type: ResultEvent;
  /** Null for a test. */
  taskid: string | null;
  round: number;
  /** Null for a task's own webhook. */
  subscriptionid: string | null;
  endpointid: string;
  /** Where it goes, without password and query. */
  address: string;
  /** How often it was tried, replays included. */
  tries: number;
  /** How often it was replayed by hand. */
  replays: number;
  /** The HTTP status of the last reply; null when there was none. */
  last_status: number | null;
  created_at: string;
  /** When the next try is due at the earliest; null unless pending. An open circuit may hold it up. */
  due_at: string | null;
  /** When it came to rest; null while pending. */
  ended_at: string | null;
}

/** One delivery in full. What is secret is named, never shown. */
export interface DeliveryDetail extends DeliveryRow {
  request: {
    caller: string;
    method: string;
    /** Without the password that it may hold. */
    url: string;
    headers: string[];
    cookies: string[];
    auth: boolean;
    /** Seconds. */
    timeout: number;
    max_retries: number;
    /** Seconds. */
    retry_intervals: number[];
    /** Exactly what is sent. */
    body: string;
  };
  /** Oldest first, at most `MAX_KEPT_ATTEMPTS`. */
  attempts: DeliveryAttempt[];
}

/** `GET /api/deliveries`: `before` is what the next page is asked with, null after the last. */
export interface DeliveryPage {
  deliveries: DeliveryRow[];
  before: string | null;
  /** How many there are of each state, whatever was asked for. */
  totals: Record<DeliveryState, number>;
}

/**
 * One address that webhooks go to. Its circuit is `closed` while all is well, `open` after failures
 * in a row, when nothing is sent, `half_open` while one delivery tries whether it is well again, and
 * `gone` when it has answered 410 to a task's own webhook.
 */
export interface EndpointView {
  endpointid: string;
  /** Without password and query. */
  address: string;
  circuit: "closed" | "open" | "half_open" | "gone";
  /** Failures in a row. */
  failures: number;
  /** When something may be sent again, if that is later than now. */
  open_until: string | null;
  pending: number;
  in_flight: number;
  delivered: number;
  failed: number;
  /** When it last answered or failed to; null before the first time. */
  last_at: string | null;
  last_status: number | null;
}

export interface EndpointPage {
  endpoints: EndpointView[];
  before: string | null;
}

const ISO = "must be a date and time such as 2026-01-31T12:00:00Z";
const isoTime = z.iso.datetime({ offset: true, error: ISO });
const TASKID = "must be a taskid";
const SUBSCRIPTIONID = "must be a subscriptionid";
const ENDPOINTID = "must be an endpointid";

/** What deliveries can be asked for by. */
export const deliveryFilter = {
  taskid: z
    .string(TASKID)
    .regex(/^[a-z][a-z0-9]{25}$/, TASKID)
    .optional(),
  subscriptionid: z
    .string(SUBSCRIPTIONID)
    .regex(/^[a-z][a-z0-9]{15}$/, SUBSCRIPTIONID)
    .optional(),
  endpoint: z
    .string(ENDPOINTID)
    .regex(/^[a-z][a-z0-9]{15}$/, ENDPOINTID)
    .optional(),
};

/** `POST /api/deliveries/replay`: all that fit are sent again, with the same id and body. */
export const replayRequestSchema = z
  .strictObject({
    ...deliveryFilter,
    state: z.enum(["failed", "discarded", "delivered"]).default("failed"),
    /** Made at this time or later. */
    since: isoTime.optional(),
    /** Made before this time. */
    until: isoTime.optional(),
  })
  .refine(
    ({ since, until }) =>
      since === undefined || until === undefined || Date.parse(since) < Date.parse(until),
    { path: ["until"], error: "must be after since" },
  );
export type ReplayRequest = z.infer<typeof replayRequestSchema>;

/** `GET /api/replays/{jobid}`: how far a replay of many has come. Times are ISO 8601 in UTC. */
export interface ReplayJob {
  jobid: string;
  state: "running" | "done" | "cancelled";
  filter: ReplayRequest;
  /** How many deliveries were in the filter's state when it began, and at how many it has looked. */
  total: number;
  looked: number;
  /** Of these fitted and are sent again. */
  replayed: number;
  /** Fitted, but can't be sent: the subscription is disabled or gone. */
  refused: number;
  created_at: string;
  ended_at: string | null;
}
