import {
  type SubscriptionView,
  type SubscriptionWithSecret,
  subscriptionSchema,
} from "@taskpulse/contract";
import { READ_ERRORS, type RouteDocs, WRITE_ERRORS } from "@taskpulse/runtime";
import { z } from "zod";
import { rotationSchema } from "./secret-rotation.ts";
import { timeShape } from "./task-shapes.ts";

const TAG = "Result webhooks";

/** A request that Taskpulse sends, without what is secret. */
export const requestFields = {
  caller: z.string().describe("The caller that delivers; each worker has `basic`."),
  method: z.string(),
  url: z.string().describe("Without the password that it may hold."),
  headers: z.array(z.string()).describe("Their names."),
  cookies: z.array(z.string()).describe("Their names."),
  auth: z.boolean().describe("Whether there is a user and a password."),
  timeout: z.number().describe("Seconds."),
  max_retries: z.int(),
  retry_intervals: z.array(z.number()).describe("Seconds, the last one repeats."),
};

const subscriptionFields = {
  subscriptionid: z.string(),
  ...requestFields,
  name: z.string().nullable(),
  description: z.string().nullable(),
  filter: subscriptionSchema.shape.filter.unwrap(),
  state: z.enum(["active", "disabled"]),
  why: z.string().nullable().describe("Why it is disabled."),
  created_at: timeShape,
  disabled_at: timeShape.nullable(),
  previous_secret_until: timeShape
    .nullable()
    .describe("The last secret before this one also signs until then."),
  delivered: z.int(),
  failed: z.int(),
};

const subscriptionShape = z
  .object(subscriptionFields)
  .meta({ id: "Subscription" }) satisfies z.ZodType<SubscriptionView>;

const withSecretShape = z
  .object({
    ...subscriptionFields,
    secret: z.string().describe("`whsec_…`, to verify what arrives; shown here only."),
  })
  .meta({ id: "SubscriptionWithSecret" }) satisfies z.ZodType<SubscriptionWithSecret>;

const path = { subscriptionid: "The subscription's subscriptionid." };
const one = { 200: { description: "The subscription.", schema: subscriptionShape } };
const errors = ["not_found", ...WRITE_ERRORS] as const;

export const subscriptionDocs = {
  list: {
    id: "listSubscriptions",
    tag: TAG,
    summary: "All subscriptions to results",
    answers: {
      200: {
        description: "All there are.",
        schema: z.object({ subscriptions: z.array(subscriptionShape) }),
      },
    },
    errors: READ_ERRORS,
  },
  create: {
    id: "createSubscription",
    tag: TAG,
    summary: "Have the results of all tasks that fit a filter sent to an address",
    body: {
      schema: subscriptionSchema,
      example: { url: "http://127.0.0.1:8080/results", filter: { priority: ["Critical"] } },
    },
    answers: {
      201: {
        description: "The subscription, with its secret.",
        schema: withSecretShape,
        headers: { location: "Where it can be read." },
      },
    },
    errors: ["invalid_request", "too_many_subscriptions", ...WRITE_ERRORS],
  },
  one: {
    id: "getSubscription",
    tag: TAG,
    summary: "One subscription",
    path,
    answers: one,
    errors: ["not_found", ...READ_ERRORS],
  },
  change: {
    id: "changeSubscription",
    tag: TAG,
    summary: "Change a subscription, by a merge patch (RFC 7396)",
    path,
    body: {
      schema: z
        .looseObject({})
        .describe("Fields of a subscription as it was asked for; null takes one away."),
      example: { filter: { state: ["failed"] } },
    },
    answers: one,
    errors: ["invalid_request", ...errors],
  },
  remove: {
    id: "deleteSubscription",
    tag: TAG,
    summary: "Delete a subscription",
    path,
    answers: { 204: { description: "It is gone." } },
    errors,
  },
  enable: {
    id: "enableSubscription",
    tag: TAG,
    summary: "Enable a subscription again that was disabled by hand or by a 410",
    path,
    answers: one,
    errors,
  },
  disable: {
    id: "disableSubscription",
    tag: TAG,
    summary: "Disable a subscription",
    path,
    answers: one,
    errors,
  },
  rotate: {
    id: "rotateSubscriptionSecret",
    tag: TAG,
    summary: "Replace the secret of a subscription",
    description: "The one before also signs for `overlap_seconds`, by default for a day.",
    path,
    body: { schema: rotationSchema, required: false, example: { overlap_seconds: 3_600 } },
    answers: { 200: { description: "The new secret, shown here only.", schema: withSecretShape } },
    errors: ["invalid_request", ...errors],
  },
  test: {
    id: "testSubscription",
    tag: TAG,
    summary: "Send a made-up result to a subscription's address",
    path,
    answers: {
      202: {
        description: "It is on its way.",
        schema: z.object({ deliveryid: z.string() }),
        headers: { location: "Where its delivery can be read." },
      },
    },
    errors: [...errors, "overloaded"],
  },
} as const satisfies Record<string, RouteDocs>;
