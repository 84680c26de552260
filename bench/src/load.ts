import { randomUUID } from "node:crypto";
import { PRIORITIES } from "@taskpulse/contract";
import autocannon from "autocannon";
import { type BenchRequest, signedRequest } from "./signed.ts";

export interface LoadResult {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Requests answered 200. */
  acknowledged: number;
}

/** More than any server here answers in a second: what is made beforehand. */
const MADE_PER_SECOND = 50_000;

/**
 * Closed loop over keep-alive connections: every request carries tasks that nobody has sent before,
 * and is made and signed before the clock starts, so that it is not the load generator that is
 * measured. `perRequest` 1 sends a task, more an array.
 */
export async function runLoad(
  origin: string,
  {
    seconds,
    connections,
    perRequest,
    signed,
  }: { seconds: number; connections: number; perRequest: number; signed: boolean },
): Promise<LoadResult> {
  const batchid = randomUUID();
  let next = 0;
  const task = () => {
    const id = next++;
    return `{"batchid":"${batchid}","id":${id},"owner":"Jennifer Miles","priority":"${PRIORITIES[id % 4]}"}`;
  };
  const body =
    perRequest === 1 ? task : () => `[${Array.from({ length: perRequest }, task).join(",")}]`;
  const make = (): BenchRequest =>
    signed
      ? signedRequest(`${batchid}-${next}`, body())
      : { headers: { "content-type": "application/json" }, body: body() };
  const ready = Array.from({ length: Math.ceil((MADE_PER_SECOND * seconds) / perRequest) }, make);
  ready.reverse();
  const result = await autocannon({
    url: `${origin}/consumetasks`,
    connections,
    duration: seconds,
    timeout: 10,
    method: "POST",
    requests: [{ setupRequest: (request) => ({ ...request, ...(ready.pop() ?? make()) }) }],
  });
  if (result.errors > 0 || result.non2xx > 0) {
    throw new Error(
      `${origin}: ${result.errors} errors, ${result.non2xx} answers that are not 2xx`,
    );
  }
  return {
    requestsPerSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    acknowledged: result["2xx"],
  };
}
