import { expect, it } from "vitest";
import { captureServer } from "./capture-server.ts";

it("records requests and answers 200 at first", async () => {
  await using server = await captureServer();
  const response = await fetch(`${server.url}/hook?x=1`, {
    method: "POST",
    headers: { "webhook-id": "msg_1" },
    body: "täsk",
  });
  expect(response.status).toBe(200);
  const [request] = await server.received(1);
  expect(request).toMatchObject({ method: "POST", path: "/hook?x=1", body: "täsk" });
  expect(request?.headers["webhook-id"]).toBe("msg_1");
});

it("answers as told: status, headers, JSON, late, per request", async () => {
  await using server = await captureServer();
  server.answer((request) =>
    request.path === "/busy"
      ? { status: 503, headers: { "retry-after": "1" }, body: { status: "failure" }, delayMs: 5 }
      : { body: "plain" },
  );
  const busy = await fetch(`${server.url}/busy`);
  expect(busy.status).toBe(503);
  expect(busy.headers.get("retry-after")).toBe("1");
  expect(await busy.json()).toEqual({ status: "failure" });
  expect(await (await fetch(server.url)).text()).toBe("plain");
});

it("breaks connections, or never answers, and closes all the same", async () => {
  const server = await captureServer();
  server.answer("reset");
  await expect(fetch(server.url)).rejects.toThrow();
  server.answer("hang");
  const hanging = fetch(server.url).catch((error: unknown) => error);
  await server.received(2);
  await server[Symbol.asyncDispose]();
  expect(await hanging).toBeInstanceOf(Error);
});
