import {
  FAILURE_TYPES,
  type FailureType,
  PRIORITIES,
  type Priority,
  type RetryFilter,
} from "@taskpulse/contract";

/** Which dead letters are listed; kept in the page's address. */
export interface DeadFilter {
  priority: Priority | undefined;
  batchid: string | undefined;
  /** Why it failed. */
  type: FailureType | undefined;
  /** Text that the task, or why it failed, must contain, in any case. */
  q: string | undefined;
}

export const ALL_DEAD: DeadFilter = {
  ...{ priority: undefined, batchid: undefined },
  ...{ type: undefined, q: undefined },
};

const LONGEST = 200;

export function readDeadFilter(query: URLSearchParams): DeadFilter {
  const text = (name: string) => query.get(name)?.trim().slice(0, LONGEST) || undefined;
  const priority = query.get("priority");
  const type = query.get("type");
  return {
    priority: PRIORITIES.find((p) => p === priority),
    batchid: text("batchid"),
    type: FAILURE_TYPES.find((t) => t === type),
    q: text("q"),
  };
}

/** Sets the filter's part of an address's query and leaves the rest alone. */
export function writeDeadFilter(
  query: URLSearchParams,
  filter: Partial<DeadFilter>,
): URLSearchParams {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(filter)) {
    if (value) next.set(name, value);
    else next.delete(name);
  }
  return next;
}

export function deadLettersPath(filter: DeadFilter): string {
  return `/api/dead-letters?${writeDeadFilter(new URLSearchParams(), filter)}`;
}

export function isDeadFiltered(filter: DeadFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

/** What `POST /api/tasks/retry` takes for the same tasks. */
export function retryFilter(filter: DeadFilter): RetryFilter {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return { state: "failed", ...(Object.fromEntries(given) as RetryFilter) };
}

/** The filter in words, for a question: "of priority Critical that failed with Timeout". */
export function filterWords({ priority, batchid, type, q }: DeadFilter): string {
  const parts = [
    priority === undefined ? "" : `of priority ${priority}`,
    batchid === undefined ? "" : `of batch ${batchid}`,
    type === undefined ? "" : `that failed with ${type}`,
    q === undefined ? "" : `that contain “${q}”`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}
