import type { LookupAddress } from "node:dns";
import { captureServer, freePort, until } from "@taskpulse/test-kit";
import { Agent } from "undici";
import { expect, test } from "vitest";
import { rawServer } from "../fixtures/raw-server.ts";
import { type CallOutcome, callEndpoint } from "./call-endpoint.ts";
import { createOutgoing, type Outgoing } from "./outgoing.ts";

const LOOPBACK = ["127.0.0.0/8", "::1"];
const OK = '{"status":"success","retval":1}';
const OK_BYTES = `HTTP/1.1 200 OK\r\ncontent-length: ${OK.length}\r\n\r\n${OK}`;

function call(outgoing: Outgoing, url: string, timeoutMs = 5_000): Promise<CallOutcome> {
  return callEndpoint(outgoing, { url, method: "POST", args: {}, timeoutMs });
}

const refused = (message: string) => ({
  ...{ kind: "failed", retryable: false },
  error: { type: "AddressRefused", message: expect.stringContaining(message) },
});

/** Answers with each list in turn, then with the last one for ever. */
function resolver(...answers: string[][]) {
  const asked: string[] = [];
  const resolve = async (host: string): Promise<LookupAddress[]> => {
    const answer = answers[Math.min(asked.push(host), answers.length) - 1] ?? [];
    return answer.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  };
  return { asked, resolve };
}

/** Every way to write 127.0.0.1 that an address in a URL knows, and its names. */
const SPELLINGS = [
  ...["127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "017700000001"],
  ...["0x7f000001", "0X7F.0.0.1", "0x7f.1", "0177.0.0.1", "0177.0x0.1", "00000177.0.0.01"],
  ...["%31%32%37.0.0.1", "127%2E0%2E0%2E1", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1"],
  ...["①②⑦.⓪.⓪.①", "１２７.０.０.１", "𝟏𝟐𝟕.𝟎.𝟎.𝟏", "0ₓ7f.1", "0x7F.1"],
  ...["[::ffff:127.0.0.1]", "[::FFFF:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]"],
  ...["localhost", "LOCALHOST", "LocalHost", "%6cocalhost", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ"],
];

test.each(SPELLINGS)("%s is refused, unless loopback is allowed", async (host) => {
  await using server = await captureServer();
  server.answer({ body: OK });
  await using closed = createOutgoing({ allow: [] });
  const url = `http://${host}:${server.port}/`;
  if (!URL.canParse(url)) {
    expect(await call(closed, url)).toMatchObject(refused("can't be read"));
    return;
  }
  expect(await call(closed, url)).toMatchObject(refused(bare(new URL(url).hostname)));
  expect(server.requests).toEqual([]);

  await using open = createOutgoing({ allow: LOOPBACK });
  expect(await call(open, url)).toMatchObject({ kind: "succeeded" });
});

test.each([
  ...["0", "0.0.0.0", "0x0", "[::]", "[::1]", "[0:0::1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]"],
  ...["[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::1]", "[2002:7f00:1::1]"],
  ...["[2001:0:7f00:1::]", "[fe80::1]", "[fec0::1]", "[fd00::1]", "[ff02::1]", "[ff02::fb]"],
  ...["10.1.2.3", "0xa.1.2.3", "172.16.1", "192.168.257", "169.254.169.254", "0xa9fea9fe"],
  ...["100.64.0.1", "224.0.0.251", "255.255.255.255", "[::ffff:169.254.169.254]"],
])("%s is refused, also while loopback is allowed for IPv4", async (host) => {
  await using outgoing = createOutgoing({ allow: ["127.0.0.0/8"] });
  const url = `http://${host}/`;
  expect(await call(outgoing, url)).toMatchObject(refused(bare(new URL(url).hostname)));
});

test.each([
  ...["http://[fe80::1%25eth0]/", "http://[::1%25lo]/", "http://[127.0.0.1]/", "http://1.2.3.4.5/"],
  ...["http://256.256.256.256/", "http://0x100000000/", "http://127.0.0.1:99999/", "http://"],
  ...["http://a b/", "http://exa%00mple.com/", "http://%zz/", "", "/path", "//host/", "127.0.0.1"],
])("%j can't be read", async (url) => {
  await using outgoing = createOutgoing({ allow: LOOPBACK });
  expect(await call(outgoing, url)).toMatchObject(refused("the address can't be read"));
});

test.each([
  ...["ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "javascript:1"],
  ...["data:application/json,{}", "redis://127.0.0.1", "unix:/var/run/docker.sock", "ws://a/"],
])("%s is not called", async (url) => {
  await using outgoing = createOutgoing({ allow: LOOPBACK });
  expect(await call(outgoing, url)).toMatchObject(refused("only http:// and https://"));
});

test("a refusal names the host that was asked, no credentials and not where it leads", async () => {
  const { resolve } = resolver(["10.9.8.7", "fd00::9"]);
  await using outgoing = createOutgoing({ allow: [], resolve });
  const outcome = await call(outgoing, "https://me:geheim@Inside.Example:8443/p?token=t0p");
  expect(outcome).toMatchObject(refused("inside.example is or leads to"));
  expect(JSON.stringify(outcome)).not.toMatch(/geheim|me:|t0p|8443|10\.9\.8\.7|fd00/);
});

test("a name is looked up once for each connection, and that goes where the look-up led", async () => {
  await using first = await rawServer((socket) => socket.end(OK_BYTES));
  await using second = await rawServer((socket) => socket.end(OK_BYTES), {
    ...{ host: "127.0.0.2", port: first.port },
  });
  const names = resolver(["127.0.0.1"], ["127.0.0.2"]);
  // Only the first address may be reached: the name turns against us once it was looked at.
  const { resolve } = names;
  await using outgoing = createOutgoing({ allow: ["127.0.0.1"], resolve });
  const url = `http://rebind.example:${first.port}/`;
  expect(await call(outgoing, url)).toMatchObject({ kind: "succeeded" });
  expect(names.asked).toEqual(["rebind.example"]);
  await until(() => first.open === 0);
  expect(await call(outgoing, url)).toMatchObject(refused("rebind.example"));
  expect(names.asked).toHaveLength(2);
  expect([first.most, second.most]).toEqual([1, 0]);
});

test("of a name's addresses the good ones are used, the others never", async () => {
  await using bad = await rawServer((socket) => socket.end(OK_BYTES), { host: "127.0.0.2" });
  await using good = await rawServer((socket) => socket.end(OK_BYTES), { port: bad.port });
  for (const addresses of [
    ["127.0.0.2", "127.0.0.1"],
    ["127.0.0.1", "127.0.0.2"],
    ["127.1", "", "localhost", "127.0.0.2", "127.0.0.1"],
  ]) {
    const { resolve } = resolver(addresses);
    await using outgoing = createOutgoing({ allow: ["127.0.0.1/32"], resolve });
    const outcome = await call(outgoing, `http://mixed.example:${good.port}/`);
    expect(outcome).toMatchObject({ kind: "succeeded" });
  }
  expect(bad.most).toBe(0);
});

test("a dot at the end of a name changes nothing", async () => {
  const { resolve } = resolver(["127.0.0.1"]);
  await using outgoing = createOutgoing({ allow: [], resolve });
  expect(await call(outgoing, "http://localhost./")).toMatchObject(refused("localhost. is"));
});

test("a host name on the allow list may lead anywhere, however it is written", async () => {
  await using server = await captureServer();
  server.answer({ body: OK });
  const { resolve } = resolver(["127.0.0.1"]);
  await using outgoing = createOutgoing({ allow: ["Worker.Internal"], resolve });
  for (const host of ["worker.internal", "WORKER.internal", "worker.internal."]) {
    const outcome = await call(outgoing, `http://${host}:${server.port}/`);
    expect(outcome).toMatchObject({ kind: "succeeded" });
  }
  for (const host of ["internal", "x.worker.internal", "worker.internal.example", "127.0.0.1"]) {
    const outcome = await call(outgoing, `http://${host}:${server.port}/`);
    expect(outcome).toMatchObject(refused(host));
  }
});

test("an allowed range also holds for the IPv4-mapped form, and for no other carrier", async () => {
  const { resolve } = resolver(["::ffff:127.0.0.1"]);
  await using server = await captureServer();
  server.answer({ body: OK });
  await using outgoing = createOutgoing({ allow: ["127.0.0.0/8"], resolve });
  const outcome = await call(outgoing, `http://mapped.example:${server.port}/`);
  expect(outcome).toMatchObject({ kind: "succeeded" });
  for (const host of ["[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[::127.0.0.1]"]) {
    expect(await call(outgoing, `http://${host}:${server.port}/`)).toMatchObject(refused(""));
  }
});

test("names that lead nowhere are told as such, and may be tried again", async () => {
  const gone = Object.assign(new Error("getaddrinfo ENOTFOUND a"), { code: "ENOTFOUND" });
  await using outgoing = createOutgoing({
    allow: LOOPBACK,
    resolve: () => Promise.reject(gone),
  });
  expect(await call(outgoing, "http://nowhere.example/")).toEqual({
    ...{ kind: "failed", retryable: true },
    error: { type: "ConnectionFailed", message: "the host name was not found" },
  });
});

test("connections that are opened at once share one look-up", async () => {
  await using server = await captureServer();
  server.answer({ body: OK });
  const names = resolver(["127.0.0.1"]);
  await using outgoing = createOutgoing({ allow: LOOPBACK, resolve: names.resolve });
  const url = `http://busy.example:${server.port}/`;
  await Promise.all(Array.from({ length: 20 }, () => call(outgoing, url)));
  expect(names.asked).toHaveLength(1);
  expect(server.requests).toHaveLength(20);
});

test("a look-up that never ends counts as no connection, for the shorter of both limits", async () => {
  const resolve = () => new Promise<LookupAddress[]>(() => {});
  await using outgoing = createOutgoing({ allow: LOOPBACK, resolve, connectTimeoutMs: 300 });
  expect(await call(outgoing, "http://slow.example/", 120_000)).toMatchObject({
    ...{ kind: "failed", retryable: true },
    error: { type: "Timeout", message: "no connection in time" },
  });
  expect(await call(outgoing, "http://slow.example/", 100)).toMatchObject({
    error: { type: "Timeout", message: "no connection within 0.1 s" },
  });
});

test("what was given up while it waited for its connection is not sent", async () => {
  await using server = await captureServer();
  server.answer({ body: OK });
  const found = Promise.withResolvers<LookupAddress[]>();
  await using outgoing = createOutgoing({ allow: LOOPBACK, resolve: () => found.promise });
  const url = `http://late.example:${server.port}`;
  expect(await call(outgoing, `${url}/late`, 50)).toMatchObject({ error: { type: "Timeout" } });
  const wanted = call(outgoing, `${url}/wanted`);
  found.resolve([{ address: "127.0.0.1", family: 4 }]);
  expect(await wanted).toMatchObject({ kind: "succeeded" });
  expect(await call(outgoing, `${url}/after`)).toMatchObject({ kind: "succeeded" });
  expect(server.requests.map(({ path }) => path)).toEqual(["/wanted", "/after"]);
});

test("no more connections to one origin than are allowed", async () => {
  await using server = await rawServer((socket) => {
    setTimeout(() => socket.write(OK_BYTES), 20);
  });
  await using outgoing = createOutgoing({ allow: LOOPBACK, connectionsPerOrigin: 2 });
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => call(outgoing, server.url)));
  expect(outcomes.map(({ kind }) => kind)).toEqual(outcomes.map(() => "succeeded"));
  expect(server.most).toBe(2);
});

test("nothing is kept of hosts that are not called any more, whether they answered or not", async () => {
  await using server = await rawServer((socket) => socket.end(OK_BYTES));
  const { resolve } = resolver(["127.0.0.1"]);
  const unused = await freePort();
  await using outgoing = createOutgoing({ allow: LOOPBACK, resolve });
  for (let i = 0; i < 20; i++) {
    await call(outgoing, `http://h${i}.example:${i % 2 ? unused : server.port}/`);
    await call(outgoing, `http://10.0.0.${i}/`);
  }
  const agent = outgoing.dispatcher;
  if (!(agent instanceof Agent)) throw new Error("not an agent");
  await until(() => Object.keys(agent.stats).length === 0);
});

test("what is under way ends when everything is closed", async () => {
  await using server = await captureServer();
  server.answer("hang");
  const outgoing = createOutgoing({ allow: LOOPBACK });
  const open = call(outgoing, server.url);
  await server.received(1);
  await outgoing[Symbol.asyncDispose]();
  expect(await open).toEqual({ kind: "aborted" });
  expect(await call(outgoing, server.url)).toEqual({ kind: "aborted" });
});

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}
