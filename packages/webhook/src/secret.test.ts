import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { generateSecret, parseSecrets } from "./secret.ts";

test("a generated secret can be read", () => {
  const secret = generateSecret(randomBytes);
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(parseSecrets(secret)).toMatchObject({ kind: "secrets" });
  expect(generateSecret(randomBytes)).not.toBe(secret);
});

test("several secrets are separated by any white space, with or without padding", () => {
  const [one, two] = [generateSecret(randomBytes), generateSecret(randomBytes)];
  const parsed = parseSecrets(`  ${one}\n${two.replace(/=+$/, "")}\n`);
  expect(parsed.kind === "secrets" && parsed.secrets.length).toBe(2);
});

test.each([
  ["", 1],
  ["whsec_", 1],
  ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1],
  ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa", 1],
  ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-", 1],
  [`whsec_${randomBytes(65).toString("base64")}`, 1],
  [`${generateSecret(randomBytes)} whsec_short`, 2],
])("%s is refused at %i, without being repeated", (text, position) => {
  const parsed = parseSecrets(text);
  expect(parsed).toMatchObject({ kind: "invalid", position });
  if (text.length > 10) expect(JSON.stringify(parsed)).not.toContain(text.slice(6));
});

test("24 to 64 bytes are read, whatever they are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), (bytes) => {
      const parsed = parseSecrets(`whsec_${Buffer.from(bytes).toString("base64")}`);
      expect(parsed.kind === "secrets" && parsed.secrets[0].key.export()).toEqual(
        Buffer.from(bytes),
      );
    }),
  );
});

test("printing a secret does not show it", () => {
  const secret = generateSecret(randomBytes);
  const shown = inspect(parseSecrets(secret), { depth: 9, showHidden: true });
  expect(shown + JSON.stringify(parseSecrets(secret))).not.toContain(secret.slice(6, 20));
});
