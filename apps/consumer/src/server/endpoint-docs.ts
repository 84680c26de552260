import { type EndpointPage, httpUrl, wholeNumberText } from "@taskpulse/contract";
import { READ_ERRORS, type RouteDocs, WRITE_ERRORS } from "@taskpulse/runtime";
import { z } from "zod";
import { rotationFields } from "./secret-rotation.ts";
import { timeShape } from "./task-shapes.ts";

const TAG = "Result webhooks";
const BEFORE = "must be the `before` of an earlier page";

export const endpointQuery = z.object({
  before: z
    .string(BEFORE)
    .regex(/^\d{1,15}-[a-z][a-z0-9]{15}$/, BEFORE)
    .optional()
    .describe("The `before` of an earlier page."),
  limit: wholeNumberText(1, 200).default(50),
});
export const secretSchema = z.strictObject({ url: httpUrl });
export const rotateSchema = z.strictObject({ url: httpUrl, ...rotationFields });

const endpointShape = z
  .object({
    endpointid: z.string(),
    address: z.string().describe("Without password and query."),
    circuit: z
      .enum(["closed", "open", "half_open", "gone"])
      .describe(
        "`closed` while all is well, `open` after failures in a row, `half_open` while one delivery tries again, `gone` after a 410.",
      ),
    failures: z.int().describe("In a row."),
    open_until: timeShape.nullable(),
    pending: z.int(),
    in_flight: z.int(),
    delivered: z.int(),
    failed: z.int(),
    last_at: timeShape.nullable(),
    last_status: z.int().nullable(),
  })
  .meta({ id: "Endpoint" }) satisfies z.ZodType<EndpointPage["endpoints"][number]>;

const secretShape = z
  .object({
    destination: z.string(),
    secret: z.string().describe("`whsec_…`, to verify what arrives; shown here only."),
    previous_secret_until: timeShape.nullable(),
  })
  .meta({ id: "DestinationSecret" });

const path = { endpointid: "The endpoint's endpointid." };

export const endpointDocs = {
  list: {
    id: "listEndpoints",
    tag: TAG,
    summary: "The addresses that result webhooks go to, and how they are",
    query: endpointQuery,
    answers: {
      200: {
        description: "One page.",
        schema: z.object({
          endpoints: z.array(endpointShape),
          before: z.string().nullable(),
        }) satisfies z.ZodType<EndpointPage>,
      },
    },
    errors: READ_ERRORS,
  },
  one: {
    id: "getEndpoint",
    tag: TAG,
    summary: "How one address is",
    path,
    answers: { 200: { description: "The endpoint.", schema: endpointShape } },
    errors: ["not_found", ...READ_ERRORS],
  },
  enable: {
    id: "enableEndpoint",
    tag: TAG,
    summary: "Send to an address again that answered 410 or failed too often",
    path,
    answers: { 200: { description: "The endpoint.", schema: endpointShape } },
    errors: ["not_found", ...WRITE_ERRORS],
  },
  secret: {
    id: "showDestinationSecret",
    tag: TAG,
    summary: "The secret that verifies calls and result webhooks at an address; shown once",
    body: { schema: secretSchema, example: { url: "http://127.0.0.1:8080/results" } },
    answers: { 200: { description: "The secret.", schema: secretShape } },
    errors: ["invalid_request", "secret_shown", "overloaded", ...WRITE_ERRORS],
  },
  rotate: {
    id: "rotateDestinationSecret",
    tag: TAG,
    summary: "Replace the secret of an address",
    body: { schema: rotateSchema, example: { url: "http://127.0.0.1:8080/results" } },
    answers: { 200: { description: "The new secret.", schema: secretShape } },
    errors: ["invalid_request", "overloaded", ...WRITE_ERRORS],
  },
} as const satisfies Record<string, RouteDocs>;
