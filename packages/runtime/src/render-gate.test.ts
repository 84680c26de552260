import { createServer, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { until } from "@taskpulse/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { RenderGate } from "./render-gate.ts";

/** As many answers as were asked for on one connection that reads nothing. */
async function unansweredPages(count: number) {
  const responses: ServerResponse[] = [];
  const server = createServer((_request, response) => responses.push(response));
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await until(() => server.listening);
  const address = server.address();
  const socket = connect(typeof address === "object" ? (address?.port ?? 0) : 0, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(count));
  onTestFinished(() => void socket.destroy());
  await until(() => responses.length === count);
  return { responses, socket };
}

test("two pages are rendered at a time, 32 wait, more are refused", async () => {
  const { responses } = await unansweredPages(40);
  const gate = new RenderGate();
  const { promise: done, resolve: finish } = Promise.withResolvers<void>();
  let began = 0;
  const admitted = responses.filter((response) =>
    gate.admit(response, () => {
      began += 1;
      return done;
    }),
  );
  expect(admitted).toHaveLength(34);
  await until(() => began === 2);
  finish();
  await until(() => began === 34, { what: "those that wait" });
});

test("those that wait are forgotten with their connection, and make room", async () => {
  const { responses, socket } = await unansweredPages(34);
  const gate = new RenderGate();
  let began = 0;
  const never = () => {
    began += 1;
    return new Promise(() => {});
  };
  for (const response of responses) gate.admit(response, never);
  socket.destroy();
  await until(() => responses[0]?.destroyed === true);
  const other = await unansweredPages(1);
  const [response] = other.responses;
  if (response === undefined) throw new Error("nothing was asked for");
  expect(gate.admit(response, never)).toBe(true);
  await until(() => began === 3, { what: "the page of somebody who is still there" });
});

test("a page that waits for its reader, or fails, keeps nobody waiting for long", async () => {
  const { responses } = await unansweredPages(4);
  const gate = new RenderGate();
  const began: string[] = [];
  const pages = [
    () => new Promise(() => {}),
    () => Promise.reject(new Error("broken")),
    () => new Promise(() => {}),
    () => Promise.resolve(),
  ];
  for (const [i, response] of responses.entries()) {
    gate.admit(response, () => {
      began.push(String(i));
      return pages[i]?.();
    });
  }
  await until(() => began.length === 4, { what: "the fourth page", timeoutMs: 3_000 });
});
