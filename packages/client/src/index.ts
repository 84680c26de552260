export { type Client, createClient } from "./client.ts";
export type { ClientOptions, Fetch } from "./client-options.ts";
export { handlerTask, httpTask, sendTask, sendTasks } from "./default-client.ts";
export * from "./errors.ts";
export type { HandlerTask, HttpTask } from "./http-task.ts";
export type { SendOptions, SendResult } from "./send-result.ts";
export {
  type LaterCall,
  type LaterFunction,
  type LaterOptions,
  type LaterTask,
  later,
  type Report,
} from "./serve/later.ts";
export {
  type Outcome,
  type ReportOptions,
  type ReportTicket,
  reportOutcome,
} from "./serve/report.ts";
export type { ServeOptions } from "./serve/serve-options.ts";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./serve/standard-schema.ts";
export type { TaskCall } from "./serve/task-call.ts";
export { type TaskFunction, type WebhookTask, webhookTask } from "./serve/webhook-task.ts";
export type { SignatureDoubt, SignatureOptions } from "./signature-options.ts";
export type { Attempt, TaskDetails, TaskErrorDetails, TaskState } from "./task-details.ts";
export {
  AddressRefused,
  Cancelled,
  ConnectionFailed,
  DeadlineExceeded,
  HandlerError,
  HttpError,
  Interrupted,
  InvalidResponse,
  PredecessorFailed,
  RedirectRefused,
  RemoteError,
  TaskFailed,
  type TaskFailure,
  type TaskFailureType,
  Timeout,
  UnknownStatus,
} from "./task-failures.ts";
export type { GetOptions, StartingTask, TaskHandle } from "./task-handle.ts";
export type { CallMethod, Priority, ResultWebhook, TaskArgs, TaskInput } from "./task-input.ts";
export type {
  HandlerStartOptions,
  HandlerTaskOptions,
  Predecessor,
  StartOptions,
  TaskOptions,
} from "./task-options.ts";
export {
  type ResultPayload,
  type VerifiedWebhook,
  type VerifyWebhookInput,
  verifyWebhook,
} from "./verify-webhook.ts";
