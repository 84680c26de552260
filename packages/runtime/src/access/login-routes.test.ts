import { expect, test } from "vitest";
import { type AskInit, login, TOKEN } from "../fixtures/guarded-host.ts";
import { hostsUnderTest } from "../fixtures/hosts-under-test.ts";

const { hostWith } = hostsUnderTest();

const form = (body: string): AskInit => ({ ...login(TOKEN), body });
const json = { "content-type": "application/json" };

test.each<[what: string, init: AskInit, status: number, code: string, reason: string]>([
  [
    ...(["JSON", { headers: json, body: `{"token":"${TOKEN}"}` }] as const),
    ...([415, "unsupported_media_type"] as const),
    "Send the form as application/x-www-form-urlencoded.",
  ],
  [
    ...(["more than it takes", form(`token=${"x".repeat(4_091)}`)] as const),
    ...([413, "body_too_large", "The form is larger than 4096 bytes."] as const),
  ],
  ...["token[]=a", "token[0]=a&next=%2F", `token=${TOKEN}&token=${TOKEN}`, "token=a&token[]=b"].map(
    (body): [string, AskInit, number, string, string] => [
      ...([body, form(body), 400, "invalid_request"] as const),
      "token must come once, as one text: neither repeated nor as token[].",
    ],
  ),
])("a login with %s is told what the form takes", async (_what, init, status, code, reason) => {
  const { call } = await hostWith();
  const answer = await call("/login", { ...init, method: "POST" });
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toEqual({ status: "failure", code, reason });
  expect(answer.headers["set-cookie"]).toBeUndefined();
});

test("a form as large as it takes is read, and one that can't be is no guess", async () => {
  const { call } = await hostWith();
  const largest = `token=${"x".repeat(4_090)}`;
  expect(largest).toHaveLength(4_096);
  expect((await call("/login", form(largest))).status).toBe(401);
  for (let i = 0; i < 12; i++) await call("/login", form("token[]=a"));
  expect((await call("/login", login(TOKEN))).status).toBe(303);
});

test("signing out takes a form, too, or nothing", async () => {
  const { call } = await hostWith();
  const answer = await call("/logout", { method: "POST", headers: json, body: "{}" });
  expect([answer.status, JSON.parse(answer.body).reason]).toEqual([
    415,
    "Send the form as application/x-www-form-urlencoded.",
  ]);
  expect((await call("/logout", { method: "POST" })).status).toBe(303);
});
