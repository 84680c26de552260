import type { AbortedTry, FailedTry, Outgoing, WebhookSecret } from "@taskpulse/webhook";

/** One webhook to be sent, once. */
export interface WebhookMessage {
  /** The `webhook-id`: the same on every try. */
  id: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  headers: Readonly<Record<string, string>>;
  cookies: Readonly<Record<string, string>>;
  auth: readonly [user: string, password: string] | null;
  /** JSON, to be sent as it is: it is what is signed. */
  body: string;
  /** The receiver's own; each of them signs. */
  secrets: readonly [WebhookSecret, ...WebhookSecret[]];
  /** Over everything. */
  timeoutMs: number;
  /** The worker stops. */
  signal: AbortSignal;
}

export type CallResult =
  | { kind: "delivered"; status: number; reply?: string }
  | FailedTry
  | AbortedTry;

/** What sends webhooks; a task or subscription names the one it wants. */
export interface WebhookCaller {
  /** Sends it once; when it is sent again is not its business. What it throws counts as a failure. */
  call(message: WebhookMessage): Promise<CallResult>;
}

/** What callers may use; the only way out. */
export interface CallerTools {
  outgoing: Outgoing;
}
