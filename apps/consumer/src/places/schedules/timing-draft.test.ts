import { scheduleRequestSchema } from "@taskpulse/contract";
import { expect, test } from "vitest";
import { inWords } from "../in-words.ts";
import {
  EMPTY_TIMING,
  formatInZone,
  type TimingDraft,
  timingRequest,
  timingWords,
} from "./timing-draft.ts";

const draft: TimingDraft = { ...EMPTY_TIMING, timezone: "Europe/Berlin" };
const task = { owner: "Ann", priority: "Low", handler: "multiply" };

test("what is written becomes what the server takes, and only of the way that is chosen", () => {
  const requests = [
    timingRequest(draft),
    timingRequest({ ...draft, endsAt: "2026-12-31T00:00" }),
    timingRequest({ ...draft, way: "at", at: "2026-03-30T09:00" }),
    timingRequest({ ...draft, way: "every", every: "1.5", unit: "hours" }),
  ];
  expect(requests).toEqual([
    { cron: "0 9 * * MON-FRI", timezone: "Europe/Berlin" },
    { cron: "0 9 * * MON-FRI", timezone: "Europe/Berlin", ends_at: "2026-12-31T00:00" },
    { at: "2026-03-30T09:00", timezone: "Europe/Berlin" },
    { every: 5_400 },
  ]);
  for (const request of requests) {
    expect(scheduleRequestSchema.safeParse({ ...request, task }).success).toBe(true);
  }
  const bounded = timingRequest({ ...draft, way: "every", startsAt: "2026-12-31T00:00" });
  expect(bounded.starts_at).toBe(new Date("2026-12-31T00:00").toISOString());
});

test("what is no number is left to the server to refuse", () => {
  for (const every of ["", "soon"]) {
    const request = timingRequest({ ...draft, way: "every", every });
    const read = scheduleRequestSchema.safeParse({ ...request, task });
    expect(read.error?.issues.map(({ path }) => path.join("."))).toEqual(["every"]);
  }
});

test("times are told in words", () => {
  const told = [1, 60, 90, 300, 3_600, 7_200, 86_400].map((every) => timingWords({ every }));
  expect(told).toEqual([
    ...["every second", "every minute", "every 90 seconds", "every 5 minutes"],
    ...["every hour", "every 2 hours", "every day"],
  ]);
  expect(timingWords({ at: "2027-01-01T09:00", timezone: "UTC" })).toBe("once, 2027-01-01 09:00");
  expect(timingWords({ cron: "@daily", timezone: "UTC" })).toBe("@daily");
  expect(formatInZone("2026-03-29T01:00:00.000Z", "Europe/Berlin")).toBe(
    "Sun, 29 Mar 2026, 03:00:00",
  );
  const waits = [400, 41_000, 185_000, 7_800_000, 273_600_000].map(inWords);
  expect(waits).toEqual(["now", "in 41 s", "in 3 min 5 s", "in 2 h 10 min", "in 3 d 4 h"]);
});
