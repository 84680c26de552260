import { expect, test } from "vitest";
import { hideCredentials, hideCredentialsInJson } from "./hide-credentials.ts";
import { type Task, taskSchema } from "./task.ts";

const TASK = {
  ...{ batchid: "b", id: 1, owner: "Ann", priority: "Low", note: "kept" },
  call: { url: "http://ann:secret-1@host.example/path?x=1", args: { password: "the caller's" } },
  webhook: {
    url: "https://:secret-2@results.example/",
    auth: ["ann", "secret-3"],
    headers: { authorization: "Bearer secret-4" },
    cookies: { session: "secret-5" },
    max_retries: 2,
  },
};

test("passwords, and what a webhook sends in headers and cookies, are not shown; all else is", () => {
  const shown = hideCredentials(taskSchema.parse(TASK));
  expect(JSON.stringify(shown)).not.toMatch(/secret-/);
  expect(shown).toEqual({
    ...TASK,
    call: { ...TASK.call, url: "http://ann:***@host.example/path?x=1" },
    webhook: {
      url: "https://:***@results.example/",
      auth: ["ann", "***"],
      headers: { authorization: "***" },
      cookies: { session: "***" },
      max_retries: 2,
    },
  });
});

test("of JSON nothing else changes, digits of large numbers included", () => {
  const plain = '{"batchid":"b","id":1,"owner":"Ann","priority":"Low","n":12345678901234567890}';
  expect(hideCredentialsInJson(plain)).toBe(plain);
  const called = `${plain.slice(0, -1)},"call":{"url":"http://a:b@c.example/"}}`;
  expect(hideCredentialsInJson(called)).toBe(called.replace("a:b@", "a:***@"));
  const harmless: Task = taskSchema.parse({ ...TASK, call: { url: "HTTP://Host.example" } });
  expect(hideCredentials(harmless).call?.url).toBe("HTTP://Host.example");
});
