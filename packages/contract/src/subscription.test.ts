import { expect, test } from "vitest";
import { readFields } from "./read-fields.ts";
import { fitsFilter, subscriptionSchema } from "./subscription.ts";
import { taskSchema } from "./task.ts";

const url = "https://example.com/hook";
const errorsOf = (sent: unknown) => {
  const read = readFields(subscriptionSchema, sent);
  return read.kind === "invalid" ? read.errors.map((e) => `${e.path} ${e.message}`) : [];
};

test("a subscription is an address, and what else is said of it is bounded", () => {
  expect(errorsOf({ url })).toEqual([]);
  expect(
    errorsOf({
      url,
      name: "Ops",
      filter: { priority: ["Critical"], state: ["failed"], owner: "Ann", batchid: "b" },
      headers: { "X-Key": "secret" },
      cookies: { sid: "1" },
      auth: ["user", "päss"],
      timeout: 1,
      max_retries: 0,
      retry_intervals: [1],
    }),
  ).toEqual([]);
});

test("every bad field is named, in plain words", () => {
  expect(
    errorsOf({
      url: "ftp://example.com",
      other: 1,
      timeout: 0,
      max_retries: 11,
      retry_intervals: [],
      method: "HEAD",
      filter: { priority: ["low"], state: [], owner: "", more: 1 },
    }),
  ).toEqual([
    "url must be an http:// or https:// address",
    "filter.priority.0 must be Low, Moderate, Major or Critical",
    "filter.state must hold at least 1 items",
    "filter.owner must be a text of 1 to 200 characters",
    "filter.more is not a known field",
    "method must be GET, POST, PUT, PATCH or DELETE",
    "timeout must be a number of seconds from 0.5 to 120",
    "max_retries must be a whole number from 0 to 10",
    "retry_intervals must be an array of 1 to 10 numbers of seconds",
    "other is not a known field",
  ]);
  expect(errorsOf({})).toEqual(["url must be an http:// or https:// address"]);
  expect(errorsOf([])).toEqual([" must be an object"]);
});

const HOSTILE: [string, object, string[]][] = [
  ["a line break", { headers: { "x-a": "1\r\nx-b: 2" } }, ["headers.x-a"]],
  ["a zero", { headers: { "x-a": "1\0" } }, ["headers.x-a"]],
  ["other letters", { headers: { "x-a": "ö" } }, ["headers.x-a"]],
  ["a name with a line break", { headers: { "x-a\r\n": "1" } }, ["headers.x-a\r\n"]],
  ["no name", { headers: { "": "1" } }, ["headers."]],
  [
    "framing",
    { headers: { "Content-Length": "0", host: "x" } },
    ["headers.Content-Length", "headers.host"],
  ],
  ["our signature", { headers: { "Webhook-Id": "1" } }, ["headers.Webhook-Id"]],
  ["the same twice", { headers: { "x-a": "1", "X-A": "2" } }, ["headers.X-A"]],
  ["a second cookie", { cookies: { sid: "1; admin=1" } }, ["cookies.sid"]],
  ["a cookie's line break", { cookies: { sid: "1\r\n" } }, ["cookies.sid"]],
  ["a colon in the user", { auth: ["a:b", "c"] }, ["auth.0"]],
  ["a password with a line break", { auth: ["a", "b\n"] }, ["auth.1"]],
  ["two kinds of cookies", { cookies: { a: "b" }, headers: { Cookie: "x" } }, ["cookies"]],
  ["too much", { headers: { "x-a": "1".repeat(6_000) } }, ["headers"]],
];

test.each(HOSTILE)(
  "%s is refused, in a subscription and in a task's webhook alike",
  (_what, fields, paths) => {
    const subscription = readFields(subscriptionSchema, { url, ...fields });
    expect(subscription.kind === "invalid" && subscription.errors.map(({ path }) => path)).toEqual(
      paths,
    );
    const task = { batchid: "b", id: 1, owner: "Ann", priority: "Low" };
    const read = readFields(taskSchema, { ...task, webhook: { url, ...fields } });
    expect(read.kind === "invalid" && read.errors.map(({ path }) => path)).toEqual(
      paths.map((path) => `webhook.${path}`),
    );
  },
);

test("no complaint repeats a value", () => {
  const secret = "hunter2\r\n";
  const text = errorsOf({
    url,
    headers: { a: secret },
    cookies: { a: secret },
    auth: [secret, secret],
  });
  expect(text.length).toBe(4);
  expect(text.join()).not.toContain("hunter2");
});

test("a filter fits what fits all of it", () => {
  const task = { priority: "Major", owner: "Ann", batchid: "b", status: "failed" } as const;
  expect(fitsFilter({}, task)).toBe(true);
  expect(
    fitsFilter({ priority: ["Low", "Major"], state: ["failed"], owner: "Ann", batchid: "b" }, task),
  ).toBe(true);
  expect(fitsFilter({ priority: ["Low"] }, task)).toBe(false);
  expect(fitsFilter({ state: ["finished"] }, task)).toBe(false);
  expect(fitsFilter({ owner: "ann" }, task)).toBe(false);
  expect(fitsFilter({ priority: ["Major"], batchid: "c" }, task)).toBe(false);
});
