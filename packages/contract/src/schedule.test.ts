import { expect, test } from "vitest";
import { readFields } from "./read-fields.ts";
import { scheduleRequestSchema } from "./schedule.ts";

const task = { owner: "Ann", priority: "Low" };

function errorsOf(body: unknown): Record<string, string> {
  const read = readFields(scheduleRequestSchema, body);
  if (read.kind === "valid") return {};
  return Object.fromEntries(read.errors.map(({ path, message }) => [path, message]));
}

test.each([
  { at: "2026-01-31T12:00:00Z", task },
  { at: "2026-01-31T12:00", timezone: "Europe/Berlin", task },
  { every: 1, task },
  { every: 1.5, starts_at: "2026-01-31T12:00:00Z", ends_at: "2027-01-31T12:00:00+01:00", task },
  { cron: "0 9 * * *", timezone: "America/Argentina/Buenos_Aires", missed: "catch_up", task },
  { cron: "@daily", name: "report", task: { ...task, batchid: "mine", id: 7, colour: "red" } },
])("takes %j", (body) => {
  expect(errorsOf(body)).toEqual({});
});

test.each<[object, Record<string, string>]>([
  [{ task }, { "": "must have one of at, every and cron" }],
  [
    { at: "2026-01-31T12:00:00Z", every: 5, cron: "* * * * *", task },
    { every: "must not stand beside at", cron: "must not stand beside at" },
  ],
  [
    { every: 5, timezone: "Europe/Berlin", task },
    { timezone: "must not stand beside every: an interval has no time zone" },
  ],
  [
    { at: "2026-01-31T12:00:00Z", starts_at: "2026-01-31T12:00:00Z", ends_at: "x", task },
    {
      starts_at: "must not stand beside at",
      ends_at: "must not stand beside at",
    },
  ],
  [{ every: 0.5, task }, { every: "must be a number of seconds from 1 to 31536000" }],
  [
    { cron: "* * * * *", timezone: "+02:00", task },
    { timezone: "must be an IANA time zone such as Europe/Berlin" },
  ],
  [
    { timezone: "Mars/Olympus", missed: "later", colour: "red", task: { id: -1, call: {} } },
    {
      "": "must have one of at, every and cron",
      timezone: "must be an IANA time zone such as Europe/Berlin",
      missed: "must be skip or catch_up",
      colour: "is not a known field",
      "task.id":
        "must be a whole number from 0 to 9007199254740991, or a text of 1 to 200 characters; send a longer number as a text",
      "task.owner": "must be a text of 1 to 200 characters",
      "task.priority": "must be Low, Moderate, Major or Critical",
      "task.call.url": "must be an http:// or https:// address",
    },
  ],
  [
    { every: 1, task: { ...task, handler: "a", call: { url: "http://a.example" } } },
    { "task.handler": "a task has either a call or a handler, not both" },
  ],
  [{ every: 1 }, { task: "must be an object" }],
])("of %j says what is wrong, field by field", (body, errors) => {
  expect(errorsOf(body)).toEqual(errors);
});

test.each([[null], [[]], ["every"], [5]])("%j is no schedule", (body) => {
  expect(errorsOf(body)).toEqual({ "": "must be an object" });
});
