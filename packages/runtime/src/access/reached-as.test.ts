import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { clientNetwork } from "./client-network.ts";
import { clientAddress, parseHost, reachedAs, trustedProxies } from "./reached-as.ts";

function requestFrom(peer: string, headers: Record<string, string>): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: peer });
  const request = new IncomingMessage(socket);
  for (const [name, value] of Object.entries(headers)) {
    request.headers[name] = value;
    request.rawHeaders.push(name, value);
  }
  return request;
}

const PROXIES = trustedProxies(["10.0.0.0/8", "::1"]);
const FORWARDED = {
  host: "inner",
  "x-forwarded-for": "1.2.3.4",
  "x-forwarded-host": "tasks.example",
  "x-forwarded-proto": "https",
};

test("a stranger's word about itself counts for nothing", () => {
  expect(reachedAs(requestFrom("1.1.1.1", FORWARDED), PROXIES)).toEqual({
    address: "1.1.1.1",
    host: { name: "inner", withPort: "inner" },
    scheme: null,
  });
  expect(reachedAs(requestFrom("10.1.1.1", FORWARDED), trustedProxies([])).address).toBe(
    "10.1.1.1",
  );
});

test.each([
  ["one proxy", "10.1.1.1", "1.2.3.4", "1.2.3.4"],
  ["two proxies", "10.1.1.1", "1.2.3.4, 10.2.2.2", "1.2.3.4"],
  ["a forged beginning", "10.1.1.1", "9.9.9.9, 1.2.3.4", "1.2.3.4"],
  ["a forged trusted address", "10.1.1.1", "10.9.9.9, 1.2.3.4", "1.2.3.4"],
  ["a proxy that is reached over both protocols", "::ffff:10.1.1.1", "1.2.3.4", "1.2.3.4"],
])("behind %s, the client is the last one that is not ours", (_what, peer, chain, client) => {
  const request = requestFrom(peer, { ...FORWARDED, "x-forwarded-for": chain });
  expect(reachedAs(request, PROXIES)).toEqual({
    address: client,
    host: { name: "tasks.example", withPort: "tasks.example" },
    scheme: "https",
  });
});

test.each([
  ["203.0.113.5:40000", "203.0.113.5"],
  ["[2001:db8::1]:80", "2001:db8::1"],
  ['"[2001:db8::1]"', "2001:db8::1"],
  ['"[2001:db8::1]:80"', "2001:db8::1"],
  ["1.2.3.4:5, 10.2.2.2:80", "1.2.3.4"],
  ["2001:db8::1", "2001:db8::1"],
])("behind a proxy that adds ports or quotes, %s is %s", (chain, client) => {
  const request = requestFrom("10.1.1.1", { "x-forwarded-for": chain });
  expect(clientAddress(request, PROXIES)).toBe(client);
});

test.each([
  "",
  ",",
  "unknown",
  "_hidden",
  "1.2.3.4x",
  "fe80::1%a",
  "1.2.3.4:5:6",
  "[1.2.3.4",
  "x, y",
])("what is no address, %j, is of the proxy that passed it on", (chain) => {
  const request = requestFrom("10.1.1.1", { "x-forwarded-for": chain });
  expect(clientAddress(request, PROXIES)).toBe("10.1.1.1");
  const far = requestFrom("10.1.1.1", { "x-forwarded-for": `${chain}, 10.2.2.2` });
  expect(clientAddress(far, PROXIES)).toBe("10.2.2.2");
});

test("of several names and schemes, the nearest proxy's own is the last", () => {
  const request = requestFrom("10.1.1.1", {
    ...FORWARDED,
    "x-forwarded-host": "evil.example, tasks.example",
    "x-forwarded-proto": "https, http",
  });
  expect(reachedAs(request, PROXIES)).toMatchObject({
    host: { name: "tasks.example" },
    scheme: "http",
  });
});

test.each([
  ["LOCALHOST:80", { name: "localhost", withPort: "localhost:80" }],
  ["[::1]:5001", { name: "::1", withPort: "[::1]:5001" }],
  ["tasks.example.", { name: "tasks.example", withPort: "tasks.example." }],
  ["a b", null],
  ["a@b", null],
  ["a/b", null],
  ["[evil]", null],
  ["localhost:99999", null],
  ["1.2.3.4.5", null],
  ["", null],
])("Host %j", (text, host) => {
  expect(parseHost(text)).toEqual(host);
});

test.each([
  ["1.2.3.4", "1.2.3.4"],
  ["::ffff:1.2.3.4", "1.2.3.4"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::", "2001:db8:1:2::/64"],
  ["::1", "0:0:0:0::/64"],
  ["", ""],
])("%s counts as %s", (address, network) => {
  expect(clientNetwork(address)).toBe(network);
});
