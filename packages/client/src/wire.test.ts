/** The package says in its own words what goes over the wire; these hold the words to the contract's. */
import type * as contract from "@taskpulse/contract";
import { taskSchema } from "@taskpulse/contract";
import { expect, expectTypeOf, test } from "vitest";
import type * as client from "./index.ts";

/** Without the fields that may have any name. */
type Named<T> = { [Name in keyof T as string extends Name ? never : Name]: T[Name] };
type Part<T, Field extends keyof T> = Named<NonNullable<T[Field]>>;

test("what Taskpulse answers is what the package says", () => {
  expectTypeOf<client.Priority>().toEqualTypeOf<contract.Priority>();
  expectTypeOf<client.TaskState>().toEqualTypeOf<contract.TaskState>();
  expectTypeOf<client.TaskFailureType>().toEqualTypeOf<contract.FailureType | "Cancelled">();
  expectTypeOf<client.FieldError>().toEqualTypeOf<contract.FieldError>();
  expectTypeOf<client.SendResult>().toEqualTypeOf<contract.IngestAnswer["retval"]>();
  // Failures may have types that this version does not know yet.
  expectTypeOf<contract.TaskError>().toExtend<client.TaskErrorDetails>();
  expectTypeOf<keyof client.TaskErrorDetails>().toEqualTypeOf<keyof contract.TaskError>();
  expectTypeOf<contract.Attempt>().toExtend<client.Attempt>();
  expectTypeOf<keyof client.Attempt>().toEqualTypeOf<keyof contract.Attempt>();
  type Details = Omit<contract.TaskDetail, "task" | "seq">;
  expectTypeOf<Details>().toExtend<Omit<client.TaskDetails, "task">>();
  type Payload = Omit<contract.ResultPayload, "task" | "result">;
  expectTypeOf<Omit<client.ResultPayload, "task" | "result">>().toEqualTypeOf<Payload>();
  expectTypeOf<client.ResultPayload["result"]>().toExtend<
    Omit<contract.ResultPayload["result"], "error"> & { error: object | null }
  >();
});

test("what the package sends is what Taskpulse takes", () => {
  expectTypeOf<keyof Named<client.TaskInput>>().toEqualTypeOf<keyof Named<contract.Task>>();
  type Call = keyof Part<contract.Task, "call">;
  expectTypeOf<keyof Part<client.TaskInput, "call">>().toEqualTypeOf<Call>();
  type Webhook = keyof Part<contract.Task, "webhook">;
  expectTypeOf<keyof client.ResultWebhook>().toEqualTypeOf<Webhook>();

  const full: Required<Omit<Named<client.TaskInput>, "handler" | "args">> = {
    ...{ batchid: "b", id: 1, owner: "Ann", priority: "Critical", description: "d" },
    raised_date: new Date(),
    call: { url: "http://host/", method: "PATCH", args: { x: [1] }, timeout: 0.5 },
    ...{ max_retries: 10, retry_intervals: [1, 2], delay: 1, run_at: new Date(), deadline: 60 },
    after: [`t${"0".repeat(25)}`],
    webhook: {
      ...{ url: "http://host/", name: "basic", method: "PUT", headers: { "x-a": "1" } },
      ...{ cookies: { c: "1" }, auth: ["user", "password"], timeout: 5, max_retries: 0 },
      retry_intervals: [10],
    },
  };
  expect(taskSchema.safeParse(JSON.parse(JSON.stringify(full))).error).toBeUndefined();
});
