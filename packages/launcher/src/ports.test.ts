import { once } from "node:events";
import { createServer } from "node:net";
import { freePort, until } from "@taskpulse/test-kit";
import { expect, it } from "vitest";
import { expectPortFree, freeRedisPort, portSentence } from "./ports.ts";

const wanted = { host: "127.0.0.1", port: 5000, variable: "PRODUCER_PORT" };

it("names the port and the variable, and AirPlay where it may be the reason", () => {
  expect(portSentence(wanted, "EADDRINUSE", "linux")).toBe(
    "Port 5000 is already in use: free it, or choose another with PRODUCER_PORT.",
  );
  expect(portSentence(wanted, "EADDRINUSE", "darwin")).toContain("AirPlay Receiver");
  expect(portSentence({ ...wanted, port: 5001 }, "EADDRINUSE", "darwin")).not.toContain("AirPlay");
  expect(portSentence({ ...wanted, port: 80 }, "EACCES", "linux")).toContain("above 1023");
});

it("refuses a busy port, or waits for it as long as it may", async () => {
  const server = createServer().listen(await freePort(), "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(expectPortFree({ ...wanted, port }, 0)).rejects.toThrow(`Port ${port} is already`);
  const waiting = expectPortFree({ ...wanted, port }, 10_000);
  server.close();
  await waiting;
});

it("gives Redis a port that outgoing connections don't use", async () => {
  const port = await until(() => freeRedisPort());
  expect(port).toBeGreaterThanOrEqual(20_000);
  expect(port).toBeLessThan(32_768);
});
