import type { Priority, SubscriptionView } from "@taskpulse/contract";
import { RESULT_PATHS } from "../remotes/take-result.ts";
import { insist } from "./consumer-api.ts";
import { RESULT_WEBHOOK } from "./run-task.ts";

const LIMIT_MS = 20_000;

/** Who is told of every task of one priority, whoever sent it. */
export interface Subscriber {
  readonly subscriptionid: string;
  readonly priority: Priority;
}

/** To be called before any task is sent. @param remote that the results go to */
export async function subscribe(
  origins: Readonly<Record<"A" | "B", string>>,
  remote: string,
): Promise<Subscriber> {
  const priority = "Critical";
  const body = { url: remote + RESULT_PATHS[1], filter: { priority: [priority] } };
  const answer = await insist(
    origins,
    { path: "/api/subscriptions", body: { ...body, ...RESULT_WEBHOOK } },
    { first: "A", limit: AbortSignal.timeout(LIMIT_MS) },
  );
  if (answer?.status !== 201) throw new Error(`a subscription was answered ${answer?.status}`);
  return { subscriptionid: (answer.body as SubscriptionView).subscriptionid, priority };
}
