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
export function withoutPassword(url: string): string {
  const parsed = new URL(url);
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}
