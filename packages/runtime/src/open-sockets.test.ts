import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { hostsUnderTest } from "./fixtures/hosts-under-test.ts";

const { hostWith } = hostsUnderTest();

test.each([
  ["nothing", "", 1_000],
  ["half a request", "POST /in HTTP/1.1\r\nHost: localhost\r\nContent-Le", 1_000],
  ["half of a second one", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /he", 6_000],
])("a connection that has sent %s does not hold up the stop", async (_what, sent, withinMs) => {
  const host = await hostWith({});
  const socket = connect(host.port, "127.0.0.1");
  await once(socket, "connect");
  socket.resume();
  if (sent !== "") socket.write(sent);
  if (sent.includes("\r\n\r\n")) await once(socket, "data");
  // Its arrival, so that it is not refused for coming too late.
  await fetch(`http://127.0.0.1:${host.port}/healthz`).then((response) => response.text());
  const beganAt = performance.now();
  const closed = once(socket, "close");
  await host[Symbol.asyncDispose]();
  await closed;
  expect(performance.now() - beganAt).toBeLessThan(withinMs);
});
