import { until } from "@taskpulse/test-kit";
import { expect, test } from "vitest";
import { consumerUnderTest } from "../fixtures/consumer-under-test.ts";
import { newTask, readJson, replyOf } from "../fixtures/ingest-calls.ts";

const consumer = consumerUnderTest();

const sendText = async (body: string) => replyOf(await consumer.send(null, { body }));

/** The body of `GET /api/tasks/{taskid}`, not parsed: parsing may change numbers. */
async function stored(body: string): Promise<{ taskid: string; text: string }> {
  const reply = await sendText(body);
  const [taskid = ""] = reply.retval?.taskids ?? [];
  expect(reply, reply.reason).toMatchObject({ status: 200, retval: { accepted: 1 } });
  return { taskid, text: await (await fetch(`${consumer.origin}/api/tasks/${taskid}`)).text() };
}

/** A new task with further members, as text. */
const withMembers = (members: string) => JSON.stringify(newTask()).replace(/\}$/, `,${members}}`);

test.each([
  '"__proto__":{"priority":"Low","polluted":1}',
  '"constructor":{"prototype":{"polluted":1}}',
  '"prototype":{"__proto__":null,"polluted":1}',
  '"args":{"__proto__":{"polluted":1},"constructor":2,"toString":3}',
  '"call":{"__proto__":{"polluted":1},"url":"http://127.0.0.1/"}',
  '"hasOwnProperty":1,"then":{"then":1},"toJSON":"x","length":0,"0":"x"',
])("names that mean something elsewhere are names here: %s", async (members) => {
  const { text } = await stored(withMembers(members));
  const part = text.slice(text.indexOf('"task":'));
  expect(JSON.parse(text).task).toEqual(expect.objectContaining(JSON.parse(`{${members}}`)));
  for (const [name] of members.matchAll(/"(?:__proto__|polluted)":/g)) expect(part).toContain(name);
  expect(Reflect.get({}, "polluted")).toBeUndefined();
  expect(Reflect.get(() => undefined, "polluted")).toBeUndefined();
});

test("a required field is the sender's own, not one that it inherits", async () => {
  const reply = await sendText(`{"__proto__":${JSON.stringify(newTask())}}`);
  expect(reply.errors?.map(({ path }) => path)).toEqual(["batchid", "id", "owner", "priority"]);
});

const NUMBERS = ["9007199254740993", "-1e400", "0.12345678901234567890123", "1e-999", "12345e400"];

test("every digit is kept in the record, for the API and for the msg dialect", async () => {
  const board = await consumer.board();
  const messages: string[] = [];
  board.on("msg", (json) => messages.push(json));
  board.emit("join_room");
  // Whoever has joined gets what comes from then on; when that is, only a message tells.
  await until(async () => {
    await consumer.send(newTask());
    return messages.length > 0;
  });
  const members = `"big":[${NUMBERS.join()}],"args":{"n":${NUMBERS[0]}}`;
  const { text } = await stored(withMembers(members));
  expect(text).toContain(`"big":[${NUMBERS.join()}]`);
  expect(text).toContain(`"args":{"n":${NUMBERS[0]}}`);
  const message = await until(() => messages.find((json) => json.includes('"big"')));
  expect(message).toContain(`"big":[${NUMBERS.join()}]`);
});

test("tasks that differ in a digit no double holds are in conflict, equal ones are not", async () => {
  const body = withMembers('"n": 9007199254740993');
  await stored(body);
  expect((await sendText(body)).retval).toMatchObject({ duplicates: 1, conflicts: 0 });
  const other = body.replace("9007199254740993", "9007199254740992");
  expect((await sendText(other)).retval).toMatchObject({ duplicates: 1, conflicts: 1 });
});

test.each(["9007199254740992", "9007199254740993", "1e400", "9007199254740991.2", "1.5"])(
  "%s as id is refused, and it says how to send it",
  async (id) => {
    const body = `{"batchid":"b","id":${id},"owner":"o","priority":"Low"}`;
    const one = await sendText(body);
    expect(one).toMatchObject({ status: 400, code: "invalid_task", errors: [{ path: "id" }] });
    expect(one.reason).toContain("send a longer number as a text");
    const many = await sendText(`[${JSON.stringify(newTask())},${body}]`);
    expect(many).toMatchObject({ status: 400, errors: [{ path: "1.id" }] });
  },
);

test("in a field whose meaning is known a number is a double, as for everyone who acts on it", async () => {
  const odd = `"max_retries":2.00000000000000000001,"retry_intervals":[1,2.1000000000000001]`;
  const { text } = await stored(
    withMembers(
      `${odd},"delay":31536000.000000000001,"deadline":1.00000000000000000001,` +
        `"call":{"url":"http://127.0.0.1/","timeout":5.00000000000000000001,"x":1e400,"args":{"n":1e400}},` +
        `"webhook":{"url":"http://127.0.0.1/","timeout":120.00000000000000000001,${odd}},"x":1e400`,
    ),
  );
  const known = { max_retries: 2, retry_intervals: [1, 2.1] };
  const { call, webhook, ...fields } = JSON.parse(text).task;
  expect(fields).toMatchObject({ ...known, delay: 31_536_000, deadline: 1, x: Infinity });
  expect(call).toMatchObject({ timeout: 5, x: Infinity, args: { n: Infinity } });
  expect(webhook).toMatchObject({ ...known, timeout: 120 });
  const task = text.slice(text.indexOf('"task":'));
  expect(task.match(/\d+\.0000/g)).toBeNull();
  expect(task.match(/1e400/g)).toHaveLength(3);
});

test("a double of a known field is in conflict with no spelling of it", async () => {
  const body = withMembers('"delay":2.1');
  await stored(body);
  for (const spelling of ["2.1000000000000001", "2.10", "21e-1"]) {
    const other = await sendText(body.replace("2.1", spelling));
    expect(other.retval).toMatchObject({ duplicates: 1, conflicts: 0 });
  }
});

test("the tasks of one request hold 40,000 values together, in whatever shape", async () => {
  const fields = (count: number, prefix = "k") =>
    Array.from({ length: count }, (_, i) => `"${prefix}${i}":0`).join();
  // A task of its own has four fields, and one that holds the others.
  const shapes: [string, string][] = [
    [fields(39_996), fields(39_997)],
    [`"x":[${"0,".repeat(39_994)}0]`, `"x":[${"0,".repeat(39_995)}0]`],
    [`"x":[${"[],".repeat(39_994)}1e400]`, `"x":[${"[],".repeat(39_995)}1e400]`],
    [`"args":{${fields(39_995)}}`, `"args":{${fields(39_996)}}`],
  ];
  for (const [most, tooMany] of shapes) {
    expect(await sendText(withMembers(most))).toMatchObject({ status: 200 });
    const refused = await sendText(withMembers(tooMany));
    expect(refused).toMatchObject({ status: 400, code: "invalid_task" });
    expect(refused.reason).toContain("must not hold more than 40000 fields and array items");
  }
  const half = (prefix: string) => JSON.stringify({ ...newTask(), x: [] }).slice(0, -3) + prefix;
  const pair = (last: number) =>
    `[${half(`[${"0,".repeat(19_994)}0]}`)},${half(`[${"0,".repeat(last)}0]}`)}]`;
  expect(await sendText(pair(19_994))).toMatchObject({ status: 200 });
  expect(await sendText(pair(19_995))).toMatchObject({ status: 400, errors: [{ path: "1" }] });
});

test("7, 7.0 and 70e-1 are one id, and 7 as a text another", async () => {
  const { batchid } = newTask({ batchid: `seven ${Math.random()}` });
  const send = (id: string) =>
    sendText(`{"batchid":"${batchid}","id":${id},"owner":"o","priority":"Low"}`);
  expect((await send("7")).retval).toMatchObject({ accepted: 1 });
  expect((await send("7.0")).retval).toMatchObject({ duplicates: 1, conflicts: 0 });
  expect((await send("70e-1")).retval).toMatchObject({ duplicates: 1, conflicts: 0 });
  expect((await send('"7"')).retval).toMatchObject({ accepted: 1 });
});

test("of a key that stands twice the last one counts: for the check, the identity and the record", async () => {
  const task = newTask();
  const twice = (first: object, last: object) =>
    `${JSON.stringify(first).slice(0, -1)},${JSON.stringify(last).slice(1)}`;
  const { taskid, text } = await stored(twice({ id: -1, priority: "None", owner: "x" }, task));
  expect(JSON.parse(text).task).toEqual(task);
  expect((await replyOf(await consumer.send(task))).retval).toMatchObject({
    duplicates: 1,
    conflicts: 0,
    taskids: [taskid],
  });
  expect(await sendText(twice(task, { priority: "None" }))).toMatchObject({ status: 400 });
});

test("lone surrogates survive in every field, and are not the replacement character", async () => {
  const fields = (text: string) =>
    newTask({ batchid: `b${text}`, owner: `o${text}`, description: text, [`k${text}`]: [text] });
  const id = "lone-\\ud83d-\\udc4d-x";
  const lone = JSON.stringify(fields("\ud83d")).replace(/"id":"[^"]+"/, `"id":"${id}"`);
  const { taskid, text } = await stored(lone);
  expect(JSON.parse(text).task).toEqual(JSON.parse(lone));
  expect((await sendText(lone)).retval).toMatchObject({ duplicates: 1, conflicts: 0 });
  const replaced = await stored(lone.replaceAll(/\\ud83d|\\udc4d/g, "\ufffd"));
  expect(replaced.taskid).not.toBe(taskid);
  const page = await readJson<{ tasks: { taskid: string; owner: string }[] }>(
    consumer.origin,
    "/api/tasks?limit=2&q=lone-",
  );
  expect(page.tasks.map(({ owner }) => owner)).toEqual(["o\ufffd", "o\ud83d"]);
});

test.each(["\u0000", "\u2028", "\u2029", "\r\n", "\u001b[31m", "\u202e", "\ufeff", "\u0085"])(
  "%j in a text is a character as any other",
  async (odd) => {
    const task = newTask({ batchid: `b${odd}`, owner: `o${odd}`, note: odd, [odd]: odd });
    const { text } = await stored(JSON.stringify(task));
    expect(JSON.parse(text)).toMatchObject({ task, batchid: task.batchid, owner: task.owner });
  },
);

test.each([
  ["a byte order mark", Buffer.from("\ufeff{}")],
  ["an overlong form", Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
  ["a surrogate as UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ["half a character", Buffer.from([0x22, 0xe2, 0x82, 0x22])],
  ["UTF-16", Buffer.from('{"a":1}', "utf16le")],
  ["a comma too many", Buffer.from('{"a":1,}')],
  ["NaN", Buffer.from('{"a":NaN}')],
  ["two values", Buffer.from("{} {}")],
])("400 invalid_json: %s", async (_what, body) => {
  const refused = await replyOf(await consumer.send(null, { body }));
  expect(refused).toMatchObject({ status: 400, code: "invalid_json" });
});

test("other white space and another order of keys, at any depth, are a duplicate and no conflict", async () => {
  const task = newTask({ z: 1, a: { c: [{ y: 1, x: 2 }], b: null, "10": 1, "9": 2 }, m: "m" });
  const backwards = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(backwards);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).reverse();
    return Object.fromEntries(entries.map(([key, inner]) => [key, backwards(inner)]));
  };
  expect((await replyOf(await consumer.send(task))).retval).toMatchObject({ accepted: 1 });
  for (const other of [
    JSON.stringify(task, null, "\t"),
    JSON.stringify(backwards(task)),
    JSON.stringify([backwards(task)], null, 3),
    JSON.stringify(task).replace('"m":"m"', '"\\u006d":"\\u006D"'),
  ]) {
    expect((await sendText(other)).retval).toMatchObject({ duplicates: 1, conflicts: 0 });
  }
});

test("a name as long as a body is not repeated in the answer", async () => {
  const name = "n".repeat(500_000);
  const refused = await sendText(
    withMembers(`"webhook":{"url":"http://a/","headers":{"${name}":1}}`),
  );
  expect(refused.status).toBe(400);
  expect(JSON.stringify(refused).length).toBeLessThan(2_000);
});
