import { retryFilterSchema } from "@taskpulse/contract";
import { expect, test } from "vitest";
import {
  ALL_DEAD,
  deadLettersPath,
  filterWords,
  isDeadFiltered,
  readDeadFilter,
  retryFilter,
  writeDeadFilter,
} from "./dead-filter.ts";

test("a filter survives the address bar, and what is not one is dropped", () => {
  const filter = { ...ALL_DEAD, priority: "Major", type: "Timeout", q: "miles & co" } as const;
  const query = writeDeadFilter(new URLSearchParams("task=t1"), filter);
  expect(query.toString()).toBe("task=t1&priority=Major&type=Timeout&q=miles+%26+co");
  expect(readDeadFilter(query)).toEqual(filter);
  expect(readDeadFilter(new URLSearchParams("type=Bad&priority=Urgent&q=+"))).toEqual(ALL_DEAD);
  expect([isDeadFiltered(ALL_DEAD), isDeadFiltered(filter)]).toEqual([false, true]);
});

test("what is listed and what is retried go by the same filter", () => {
  const filter = { ...ALL_DEAD, batchid: "6f1c", type: "HttpError" } as const;
  expect(deadLettersPath(filter)).toBe("/api/dead-letters?batchid=6f1c&type=HttpError");
  const sent = retryFilter(filter);
  expect(sent).toEqual({ state: "failed", batchid: "6f1c", type: "HttpError" });
  expect(retryFilterSchema.safeParse(sent).success).toBe(true);
  expect(filterWords(filter)).toBe("of batch 6f1c, that failed with HttpError");
  expect(filterWords(ALL_DEAD)).toBe("");
});
