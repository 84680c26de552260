/**
 * How a delivery is sent: what its task or subscription said when it was made, with all defaults
 * filled in. It is stored with the delivery, so that a replay sends the same.
 */
export interface DeliveryRequest {
  /** Name of the caller that sends it. */
  caller: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  headers: Record<string, string>;
  cookies: Record<string, string>;
  auth: readonly [user: string, password: string] | null;
  /** Seconds. */
  timeout: number;
  maxRetries: number;
  /** Seconds before each retry; the last one repeats. */
  retryIntervals: number[];
}

/** What tasks and subscriptions say of how a webhook is sent; what they leave out has a default. */
export interface AskedRequest {
  url: string;
  method?: DeliveryRequest["method"] | undefined;
  headers?: Record<string, string> | undefined;
  cookies?: Record<string, string> | undefined;
  auth?: [user: string, password: string] | undefined;
  timeout?: number | undefined;
  max_retries?: number | undefined;
  retry_intervals?: number[] | undefined;
}

const DEFAULTS = { caller: "basic", method: "POST", timeout: 5, maxRetries: 3 } as const;
const DEFAULT_INTERVALS = [10, 30, 120];

/** @param caller the name of what sends it; default `basic` */
export function deliveryRequest(
  asked: AskedRequest,
  caller: string = DEFAULTS.caller,
): DeliveryRequest {
  return {
    caller,
    method: asked.method ?? DEFAULTS.method,
    url: asked.url,
    headers: asked.headers ?? {},
    cookies: asked.cookies ?? {},
    auth: asked.auth ?? null,
    timeout: asked.timeout ?? DEFAULTS.timeout,
    maxRetries: asked.max_retries ?? DEFAULTS.maxRetries,
    retryIntervals: asked.retry_intervals ?? DEFAULT_INTERVALS,
  };
}

/** A request as it is shown: what is secret is named only. */
export function publicRequest(request: DeliveryRequest) {
  const { caller, method, url, headers, cookies, auth, timeout } = request;
  return {
    caller,
    method,
    url: withoutPassword(url),
    headers: Object.keys(headers),
    cookies: Object.keys(cookies),
    auth: auth !== null,
    timeout,
    max_retries: request.maxRetries,
    retry_intervals: request.retryIntervals,
  };
}

/** User and password of an address are as secret as those beside it. */
function withoutPassword(url: string): string {
  const parsed = new URL(url);
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}
