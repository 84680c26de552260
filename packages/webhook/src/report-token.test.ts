import fc from "fast-check";
import { expect, test } from "vitest";
import { newSecret } from "./fixtures/new-secret.ts";
import { reportToken, verifyReportToken } from "./report-token.ts";
import { signWebhook } from "./sign.ts";

const TASKID = `t${"0".repeat(25)}`;
const master = newSecret();
const verify = (token: string, taskid = TASKID, masters = [master]) =>
  verifyReportToken({ token, taskid, masters });

test("a token speaks for one attempt of one task", () => {
  const number = fc.integer({ min: 0, max: 999_999_999 });
  fc.assert(
    fc.property(fc.string(), number, number, (taskid, round, attempt) => {
      const token = reportToken({ master, taskid, round, attempt });
      expect(token).toMatch(/^\d+\.\d+\.[\w-]{43}$/);
      expect(verify(token, taskid)).toEqual({ kind: "verified", round, attempt });
      expect(verify(token, `${taskid}x`)).toEqual({ kind: "invalid" });
      expect(verify(token, taskid, [newSecret()])).toEqual({ kind: "invalid" });
      const mac = token.split(".")[2];
      for (const other of [`${round + 1}.${attempt}`, `${round}.${attempt + 1}`]) {
        expect(verify(`${other}.${mac}`, taskid)).toEqual({ kind: "invalid" });
      }
    }),
  );
});

test("a token of an older master holds while that is in force", () => {
  const token = reportToken({ master, taskid: TASKID, round: 0, attempt: 1 });
  const [newer, other] = [newSecret(), newSecret()];
  expect(verify(token, TASKID, [newer, master]).kind).toBe("verified");
  expect(verify(token, TASKID, [newer, other]).kind).toBe("invalid");
  expect(verify(token, TASKID, []).kind).toBe("invalid");
});

test("a change of any character of a token is no token", () => {
  const token = reportToken({ master, taskid: TASKID, round: 3, attempt: 12 });
  for (let i = 0; i < token.length; i++) {
    for (const character of "0Aa_-. =+/") {
      const changed = token.slice(0, i) + character + token.slice(i + 1);
      if (changed !== token) expect(verify(changed)).toEqual({ kind: "invalid" });
    }
  }
  for (const changed of [` ${token}`, `${token}\n`, `${token}=`, `0${token}`, token.slice(0, -1)]) {
    expect(verify(changed)).toEqual({ kind: "invalid" });
  }
});

test("whatever text comes, and for whatever task, it is harmless", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.stringMatching(/^\d{0,12}\.\d{0,12}\.[\w-]{0,50}$/),
    fc.constantFrom("__proto__", "0.0.", `0.0.${"é".repeat(43)}`, `0.0.${"A".repeat(43)}`),
  );
  fc.assert(
    fc.property(text, text, (token, taskid) => {
      expect(verify(token, taskid)).toEqual({ kind: "invalid" });
    }),
  );
});

test("what the master signs as a webhook is no token, even of the same text", () => {
  const signed = signWebhook({ id: "0", nowMs: 1_000, body: TASKID, secret: master });
  const mac = signed["webhook-signature"].slice(3).replaceAll("+", "-").replaceAll("/", "_");
  expect(verify(`0.1.${mac.replace("=", "")}`)).toEqual({ kind: "invalid" });
});
