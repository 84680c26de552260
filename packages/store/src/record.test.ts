import { type Task, taskSchema } from "@taskpulse/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeRecord, encodeTask, HEAD_BYTES, taskidOfEntry, taskJson, toRow } from "./record.ts";

const task: Task = { batchid: "b", id: 7, owner: "Ann", priority: "Major" };

test("the order in which a sender writes fields makes no difference", () => {
  const field = fc
    .string({ maxLength: 12 })
    .filter((name) => !(name in task) && name !== "__proto__");
  fc.assert(
    fc.property(
      fc.dictionary(field, fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true }),
      (extra) => {
        const forwards = { ...task, ...extra } as Task;
        const backwards = Object.fromEntries(Object.entries(forwards).reverse()) as Task;
        expect(encodeTask(backwards).tail).toBe(encodeTask(forwards).tail);
        const stored = decodeRecord(`1-0
${encodeTask(forwards).tail}`);
        expect(JSON.parse(stored === null ? "null" : taskJson(stored))).toEqual(
          JSON.parse(JSON.stringify(forwards)),
        );
      },
    ),
  );
});

test("a record gives back what was encoded, whatever the text holds", () => {
  const text = fc.string({ minLength: 1, maxLength: 200, unit: "grapheme" });
  fc.assert(
    fc.property(text, text, (batchid, owner) => {
      const sent = taskSchema.parse({ batchid, id: 0, owner, priority: "Low" });
      const encoded = encodeTask(sent, "msg_1");
      const stored = decodeRecord(`1700000000000-3\n${encoded.tail}`);
      expect(stored).toMatchObject({ receivedMs: 1_700_000_000_000, webhookId: "msg_1" });
      const taskid = taskidOfEntry(encoded.entry);
      expect(taskid).toBe(encoded.taskid);
      expect(stored && toRow(encoded.taskid, stored, "received")).toMatchObject({
        batchid,
        owner,
        priority: "Low",
        received_at: "2023-11-14T22:13:20.000Z",
        seq: 3,
      });
    }),
  );
});

test("what retention leaves behind is not a record", () => {
  expect(decodeRecord(`-\n${"a".repeat(40)}`)).toBeNull();
});

test("what lists show stands within the head, however long and strange the fields are", () => {
  const worst = "\u0001".repeat(200);
  const task = taskSchema.parse({ batchid: worst, id: worst, owner: worst, priority: "Critical" });
  const large = encodeTask({ ...task, description: "x".repeat(10_000) }, "w".repeat(200));
  const record = `999999999999999-999999\n${large.tail}`;
  const head = decodeRecord(record.slice(0, HEAD_BYTES));
  expect(head && toRow(large.taskid, head, "received")).toMatchObject({
    batchid: worst,
    id: worst,
    owner: worst,
  });
});
