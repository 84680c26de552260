import { headerProblems } from "@taskpulse/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { rawServer } from "../fixtures/raw-server.ts";
import { createOutgoing } from "./outgoing.ts";
import { sendRequest } from "./send-request.ts";

test("what has no problem arrives as it is, and brings nothing else with it", async () => {
  let head = "";
  await using server = await rawServer((socket, received) => {
    head = received;
    socket.write("HTTP/1.1 204 No Content\r\n\r\n");
  });
  await using outgoing = createOutgoing({ allow: ["127.0.0.1"] });
  const text = fc.oneof(fc.string(), fc.string({ unit: "binary", maxLength: 5 }));
  const token = fc.stringMatching(/^[a-z-]{1,10}$/);
  const name = fc.oneof({ weight: 9, arbitrary: token }, text);
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(name, text),
      fc.dictionary(name, text),
      async (headers, cookies) => {
        const asked = { headers, cookies };
        const result = await sendRequest(outgoing, {
          ...{ url: server.url, method: "POST", timeoutMs: 5_000 },
          ...asked,
        });
        if (headerProblems(asked).length > 0) {
          expect(result).toMatchObject({ kind: "failed", retryable: false });
          return;
        }
        expect(result).toMatchObject({ kind: "replied", status: 204 });
        const lines = head.split("\r\n\r\n")[0]?.split("\r\n").slice(1) ?? [];
        const own = [
          "host",
          "connection",
          "accept",
          "accept-encoding",
          "user-agent",
          "content-length",
        ];
        const wanted = new Set([...own, ...Object.keys(headers).map((key) => key.toLowerCase())]);
        if (Object.keys(cookies).length > 0) wanted.add("cookie");
        expect(new Set(lines.map((line) => line.slice(0, line.indexOf(":"))))).toEqual(wanted);
        for (const [key, value] of Object.entries(headers)) {
          expect(lines).toContain(`${key.toLowerCase()}: ${value}`);
        }
      },
    ),
  );
});
