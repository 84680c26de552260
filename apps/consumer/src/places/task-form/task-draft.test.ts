import { unnamedTaskSchema } from "@taskpulse/contract";
import { expect, test } from "vitest";
import { argKey, EMPTY_DRAFT, readDraft } from "./task-draft.ts";

const HANDLERS = [
  {
    name: "multiply",
    description: "Returns the product of x and y.",
    args: {
      type: "object",
      properties: { x: { type: "number" }, y: { type: "number" } },
      required: ["x", "y"],
    },
  },
];
const ARGS = { [argKey("multiply", "x")]: "6", [argKey("multiply", "y")]: "7" };

test("a handler's task, with nothing said that was left empty", () => {
  const read = readDraft({ ...EMPTY_DRAFT, args: ARGS }, HANDLERS);
  const task = { owner: "board", priority: "Moderate", handler: "multiply", args: { x: 6, y: 7 } };
  expect(read).toEqual({ kind: "task", task });
  expect(unnamedTaskSchema.safeParse(task).success).toBe(true);
});

test("a call, with all there is", () => {
  const read = readDraft(
    {
      ...{ ...EMPTY_DRAFT, way: "call", url: " http://h/x ", method: "PUT", callArgs: '{"a":[1]}' },
      ...{ owner: "Ann", batchid: "b", maxRetries: "0", delay: "1.5", webhookUrl: "http://h/w" },
    },
    [],
  );
  const task = {
    ...{ owner: "Ann", priority: "Moderate", batchid: "b", max_retries: 0, delay: 1.5 },
    call: { url: "http://h/x", method: "PUT", args: { a: [1] } },
    webhook: { url: "http://h/w" },
  };
  expect(read).toEqual({ kind: "task", task });
  expect(unnamedTaskSchema.safeParse(task).success).toBe(true);
});

test("every wrong field is named, at the path that the server would name", () => {
  expect(readDraft({ ...EMPTY_DRAFT, delay: "soon" }, HANDLERS)).toEqual({
    kind: "wrong",
    errors: { "args.x": "must be given", "args.y": "must be given", delay: "must be a number" },
  });
  const call = readDraft({ ...EMPTY_DRAFT, way: "call", callArgs: "x=1" }, HANDLERS);
  expect(call.kind === "wrong" && Object.keys(call.errors)).toEqual(["call.url", "call.args"]);
  expect(readDraft(EMPTY_DRAFT, [])).toEqual({
    kind: "wrong",
    errors: { handler: "must be chosen" },
  });
});
