import { captureServer, freePort } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { newSecret } from "../fixtures/new-secret.ts";
import { rawServer } from "../fixtures/raw-server.ts";
import { verifyWebhook } from "../verify.ts";
import { judgeStatus } from "./judge-status.ts";
import { createOutgoing } from "./outgoing.ts";
import { type OutgoingRequest, sendRequest } from "./send-request.ts";

const open = () => createOutgoing({ allow: ["127.0.0.1"] });
const post = { method: "POST", timeoutMs: 5_000 } as const;
const json = (content: string) => ({ type: "application/json", content });

test("a signed body with headers, cookies and a user", async () => {
  await using server = await captureServer();
  server.answer({ status: 201, headers: { "x-id": "7" }, body: "created" });
  await using outgoing = open();
  const secret = newSecret();
  const result = await sendRequest(outgoing, {
    ...post,
    url: `${server.url}/hook?a=1#f`,
    headers: { "X-Key": "k" },
    cookies: { session: "s", theme: "dark" },
    auth: ["me", "gehéim"],
    body: json('{"owner":"Zoë"}'),
    sign: { id: "t1-0", secret },
  });
  expect(result).toMatchObject({ kind: "replied", status: 201, headers: { "x-id": "7" } });
  expect(result.kind === "replied" && result.body.toString()).toBe("created");
  const [request] = server.requests;
  expect(request).toMatchObject({
    method: "POST",
    path: "/hook?a=1",
    body: '{"owner":"Zoë"}',
    headers: {
      "content-type": "application/json",
      "x-key": "k",
      cookie: "session=s; theme=dark",
      authorization: `Basic ${Buffer.from("me:gehéim").toString("base64")}`,
      "accept-encoding": "identity",
    },
  });
  const verified = verifyWebhook({
    headers: request?.headers ?? {},
    body: Buffer.from(request?.body ?? ""),
    ...{ secrets: [secret], nowMs: Date.now(), toleranceSeconds: 10 },
  });
  expect(verified).toMatchObject({ kind: "verified", id: "t1-0" });
});

test.each(["GET", "PUT", "PATCH", "DELETE"] as const)(
  "%s with the bytes that are given",
  async (method) => {
    await using server = await captureServer();
    await using outgoing = open();
    const body = { type: "text/plain", content: Buffer.from("x€y").subarray(1) };
    await sendRequest(outgoing, { ...post, url: server.url, method, body });
    expect(server.requests[0]).toMatchObject({ method, path: "/", body: "€y" });
  },
);

test("a header may say another media type, a user of the address counts least", async () => {
  await using server = await captureServer();
  await using outgoing = open();
  const url = `http://a:b@127.0.0.1:${server.port}/`;
  const headers = { "Content-Type": "application/cloudevents+json", Authorization: "Bearer t" };
  await sendRequest(outgoing, { ...post, url, body: json("{}") });
  await sendRequest(outgoing, { ...post, url, body: json("{}"), headers });
  await sendRequest(outgoing, { ...post, url, headers, auth: ["c", "d"] });
  expect(
    server.requests.map(({ headers: got }) => [got["content-type"], got.authorization]),
  ).toEqual([
    ["application/json", `Basic ${btoa("a:b")}`],
    ["application/cloudevents+json", "Bearer t"],
    ["application/cloudevents+json", `Basic ${btoa("c:d")}`],
  ]);
});

test("any status is a reply, what it means is told apart", async () => {
  await using server = await captureServer();
  await using outgoing = open();
  const judged = async (status: number, headers: Record<string, string> = {}) => {
    server.answer({ status, headers, body: "words" });
    const result = await sendRequest(outgoing, { ...post, url: server.url });
    if (result.kind !== "replied") throw new Error(`it ${result.kind}`);
    return judgeStatus(result, 0);
  };
  for (const status of [200, 201, 202, 299]) expect(await judged(status)).toBeNull();
  expect(await judged(204)).toBeNull();
  expect(await judged(302)).toMatchObject({ error: { type: "RedirectRefused" }, status: 302 });
  expect(await judged(410)).toEqual({
    ...{ kind: "failed", status: 410, retryable: false, reply: "words" },
    error: { type: "HttpError", message: "HTTP 410 Gone", status: 410 },
  });
  expect(await judged(503, { "retry-after": "60" })).toMatchObject({
    ...{ retryable: true, retryAfterMs: 60_000 },
  });
});

test("of a reply 16 KiB are read", async () => {
  await using server = await captureServer();
  server.answer({ body: "x".repeat(1_000_000) });
  await using outgoing = open();
  const result = await sendRequest(outgoing, { ...post, url: server.url });
  expect(result).toMatchObject({ kind: "replied", status: 200, rest: "cut" });
  expect(result.kind === "replied" && result.body.length).toBe(16_384);
});

test.each<[string, Partial<OutgoingRequest>, string]>([
  ["ftp://127.0.0.1/", {}, "AddressRefused"],
  ["http://10.0.0.1/", {}, "AddressRefused"],
  ["http://[::1]/", {}, "AddressRefused"],
  ["http://127.0.0.1:1/", { headers: { host: "x" } }, "ConnectionFailed"],
  ["http://127.0.0.1:1/", { cookies: { "a b": "x" } }, "ConnectionFailed"],
])("%s with %j is not sent", async (url, more, type) => {
  await using outgoing = open();
  expect(await sendRequest(outgoing, { ...post, url, ...more })).toMatchObject({
    ...{ kind: "failed", retryable: false, error: { type } },
  });
});

test("no reply, and none in time, may be tried again; a signal ends it", async () => {
  await using outgoing = open();
  const url = `http://127.0.0.1:${await freePort()}/`;
  expect(await sendRequest(outgoing, { ...post, url })).toMatchObject({
    ...{ kind: "failed", retryable: true, error: { type: "ConnectionFailed" } },
  });
  await using silent = await rawServer(() => {});
  const request = { ...post, url: silent.url, timeoutMs: 200 };
  expect(await sendRequest(outgoing, request)).toMatchObject({
    ...{ kind: "failed", retryable: true, error: { type: "Timeout" } },
  });
  const signal = AbortSignal.abort();
  expect(await sendRequest(outgoing, { ...request, signal })).toEqual({ kind: "aborted" });
});
