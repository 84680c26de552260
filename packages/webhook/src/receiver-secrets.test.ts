import { expect, test } from "vitest";
import { destinationSecret, endpointDestination } from "./destination-secret.ts";
import { newSecret } from "./fixtures/new-secret.ts";
import { receiverOf, receiverSecret, signingSecrets } from "./receiver-secrets.ts";
import type { WebhookSecret } from "./secret.ts";

const bytesOf = ({ key }: WebhookSecret) => key.export().toString("hex");
const master = newSecret();
const old = newSecret();
const signing = (version: number, previousUntil: number) =>
  signingSecrets([master], "r", { version, previousUntil }, 1_000).map(bytesOf);
const secret = (version: number, from = master) => bytesOf(receiverSecret(from, "r", version));

test("a receiver is a subscription, or an address without what differs from call to call", () => {
  expect(receiverOf("", "https://u:p@a.example/hook?x=1#y")).toBe("https://a.example/hook");
  expect(receiverOf("sub1", "https://a.example/hook")).toBe("subscription sub1");
});

test("the first secret of an address is the one that calls to it are signed with", () => {
  const url = "https://a.example/hook?x=1";
  expect(bytesOf(receiverSecret(master, receiverOf("", url), 1))).toBe(
    bytesOf(destinationSecret(master, endpointDestination(url))),
  );
});

test("each version has another secret, and the one before signs as long as it may", () => {
  expect(new Set([1, 2, 3].map((version) => secret(version))).size).toBe(3);
  expect(signing(1, 0)).toEqual([secret(1)]);
  expect(signing(2, 999)).toEqual([secret(2)]);
  expect(signing(2, 1_001)).toEqual([secret(2), secret(1)]);
});

test("while a master is replaced, secrets of both sign, the first one's first", () => {
  expect(
    signingSecrets([master, old], "r", { version: 1, previousUntil: 0 }, 0).map(bytesOf),
  ).toEqual([secret(1), secret(1, old)]);
});
