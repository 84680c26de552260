import { createHash, createHmac } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { destinationSecret, endpointDestination, secretText } from "./destination-secret.ts";
import { newSecret } from "./fixtures/new-secret.ts";
import { parseSecrets, type WebhookSecret } from "./secret.ts";
import { signWebhook } from "./sign.ts";
import { verifyWebhook } from "./verify.ts";

const bytesOf = ({ key }: WebhookSecret) => key.export();
const hmac = (key: string | Buffer, data: string | Buffer) =>
  createHmac("sha256", key).update(data).digest();

test("it is HKDF-SHA256 as RFC 5869 has it: extract, then one block of expand", () => {
  const master = newSecret();
  const hash = createHash("sha256").update("https://a.example/hook").digest("hex");
  const extracted = hmac("taskpulse", bytesOf(master));
  expect(bytesOf(destinationSecret(master, "https://a.example/hook"))).toEqual(
    hmac(extracted, `destination secret 1 ${hash}\u0001`),
  );
});

test("the same for ever, and another one for each master and destination, of any length", () => {
  const [one, two] = [newSecret(), newSecret()];
  const destination = fc.string({ unit: "grapheme", maxLength: 3_000 });
  fc.assert(
    fc.property(destination, destination, (a, b) => {
      const secret = bytesOf(destinationSecret(one, a));
      expect(secret).toHaveLength(32);
      expect(bytesOf(destinationSecret({ key: one.key }, a))).toEqual(secret);
      expect(bytesOf(destinationSecret(two, a))).not.toEqual(secret);
      if (a !== b) expect(bytesOf(destinationSecret(one, b))).not.toEqual(secret);
    }),
  );
  const known = parseSecrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  if (known.kind === "invalid") throw new Error(known.reason);
  // Receivers have it in their settings: a change of the derivation would turn all of them away.
  expect(secretText(destinationSecret(known.secrets[0], "https://a.example/hook"))).toBe(
    "whsec_BbizJHFIaoBfzEjHyRcnphzFhhG3x0aGBCM3/IH0rm8=",
  );
});

test("it stays the same when thousands of others came in between", () => {
  const master = newSecret();
  const before = bytesOf(destinationSecret(master, "first"));
  for (let i = 0; i < 3_000; i++) destinationSecret(master, `other ${i}`);
  expect(bytesOf(destinationSecret(master, "first"))).toEqual(before);
  expect(destinationSecret(master, "first")).toBe(destinationSecret(master, "first"));
});

test("its text is a secret like any other; printing it shows nothing", () => {
  const secret = destinationSecret(newSecret(), "https://a.example/hook");
  const text = secretText(secret);
  const parsed = parseSecrets(text);
  expect(parsed.kind === "secrets" && bytesOf(parsed.secrets[0])).toEqual(bytesOf(secret));
  const shown = inspect(secret, { depth: 9, showHidden: true }) + JSON.stringify(secret);
  expect(shown).not.toContain(text.slice(6, 20));
});

test("a receiver can't sign a task to us with it, nor a webhook to somebody else", () => {
  const master = newSecret();
  const mine = destinationSecret(master, "https://a.example/hook");
  const body = Buffer.from("{}");
  const headers = { ...signWebhook({ id: "m", nowMs: 0, body, secret: mine }) };
  const verify = (secret: WebhookSecret) =>
    verifyWebhook({ headers, body, secrets: [secret], nowMs: 0, toleranceSeconds: 300 }).kind;
  expect(verify(mine)).toBe("verified");
  expect(verify(master)).toBe("mismatch");
  expect(verify(destinationSecret(master, "https://b.example/hook"))).toBe("mismatch");
});

test.each([
  ["HTTPS://Me:pw@Example.COM:443/a/../hook?x=1#f", "https://example.com/hook"],
  ["http://example.com", "http://example.com/"],
  ["http://example.com:8080/A%20b?", "http://example.com:8080/A%20b"],
  ["http://0x7f.1/", "http://127.0.0.1/"],
])("%s is called under the secret of %s", (address, destination) => {
  expect(endpointDestination(address)).toBe(destination);
});
