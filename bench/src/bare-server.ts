import { createServer } from "node:http";

/**
 * What every webhook receiver in Node.js costs at least: reads the whole body, answers as many bytes
 * as Taskpulse does, keeps nothing.
 */
const ANSWER = JSON.stringify({
  status: "success",
  retval: { accepted: 1, duplicates: 0, conflicts: 0, taskids: ["a".repeat(26)] },
});

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    Buffer.concat(parts);
    response.setHeader("content-type", "application/json; charset=utf-8");
    response.end(ANSWER);
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1", () => process.send?.({ type: "ready" }));
process.on("disconnect", () => process.exit());
