/**
 * Every code that an error answer can carry, with its HTTP status. `docs/errors.md` lists the same
 * codes for readers, and a test holds the two together.
 */
export const ERROR_CODES = {
  invalid_json: { status: 400, meaning: "The body is not JSON in UTF-8." },
  invalid_task: {
    status: 400,
    meaning:
      "The body is JSON but not a task, or not an array of 1 to 1,000 tasks, or it names a handler, args or a caller of result webhooks that no worker takes.",
  },
  invalid_request: {
    status: 400,
    meaning: "A parameter or field of the request is missing or out of bounds.",
  },
  signature_required: {
    status: 401,
    meaning: "The request carries no signature, and tasks must be signed here.",
  },
  signature_invalid: {
    status: 401,
    meaning:
      "The signature does not fit the body and any secret known here, or one of its headers is missing or malformed.",
  },
  signature_stale: {
    status: 401,
    meaning: "The signature's timestamp is further from now than SIGNATURE_TOLERANCE allows.",
  },
  report_token_invalid: {
    status: 401,
    meaning: "The token in the address of the report is not one for this task.",
  },
  login_required: {
    status: 401,
    meaning: "This needs the admin token: as `Authorization: Bearer`, or through the login page.",
  },
  host_not_allowed: {
    status: 403,
    meaning: "The request names a host that this instance does not go by; see ALLOWED_HOSTS.",
  },
  cross_site: {
    status: 403,
    meaning: "A page of another site may not change anything here.",
  },
  not_found: { status: 404, meaning: "There is no such page, or nothing of this id." },
  method_not_allowed: {
    status: 405,
    meaning: "The address exists, but not for this method; see the Allow header.",
  },
  batch_ended: {
    status: 409,
    meaning: "The batch has ended, or has nothing to send again, so this can't be done to it.",
  },
  schedule_done: {
    status: 409,
    meaning: "The schedule has made its last run, so this can't be done to it.",
  },
  too_many_schedules: {
    status: 409,
    meaning: "There are 10,000 schedules that are not done; delete some first.",
  },
  task_state: {
    status: 409,
    meaning:
      "The task is in a state in which this can't be done to it, or is only recorded; the reason says what can.",
  },
  job_ended: {
    status: 409,
    meaning: "The retry or replay in bulk has ended, so it can't be cancelled.",
  },
  too_many_subscriptions: {
    status: 409,
    meaning: "There are 1,000 subscriptions already; delete some that are not needed.",
  },
  subscription_inactive: {
    status: 409,
    meaning:
      "The subscription that this delivery belongs to is disabled or gone; a disabled one can be enabled.",
  },
  secret_shown: {
    status: 409,
    meaning: "The secret of this address has been shown before; a new one can take its place.",
  },
  body_too_large: {
    status: 413,
    meaning: "The body is larger than 1 MiB, or a form at /login than 4 KiB.",
  },
  unsupported_media_type: {
    status: 415,
    meaning:
      "The body is not sent as application/json, at /login not as a form, or it is compressed.",
  },
  expectation_failed: {
    status: 417,
    meaning: "The request expects something other than 100-continue.",
  },
  idempotency_key_reused: {
    status: 422,
    meaning: "The Idempotency-Key was sent with another request before; take a new one.",
  },
  rate_limited: {
    status: 429,
    meaning:
      "More requests came from this sender than INGEST_RATE_LIMIT allows; wait Retry-After seconds.",
  },
  too_many_attempts: {
    status: 429,
    meaning: "Too many wrong tokens came from this address; wait Retry-After seconds.",
  },
  bad_request_line: {
    status: 400,
    meaning: "What arrived is not an HTTP request that this server reads.",
  },
  request_timeout: {
    status: 408,
    meaning: "The headers took longer than 10 s to arrive, or the request longer than 30 s.",
  },
  headers_too_large: { status: 431, meaning: "The headers are larger than 16 KiB together." },
  internal_error: {
    status: 500,
    meaning: "Something broke here; the log of the process says what.",
  },
  store_unavailable: {
    status: 503,
    meaning:
      "Redis can't be reached or has not answered in time; send again after Retry-After seconds.",
  },
  store_full: {
    status: 503,
    meaning:
      "Redis has reached its memory limit; nothing was forgotten, and nothing new is taken until there is room.",
  },
  no_worker: {
    status: 503,
    meaning:
      "The task names something that workers must know, and none has said yet what it can do; send again after Retry-After seconds.",
  },
  overloaded: {
    status: 503,
    meaning:
      "More is under way here, or waiting to be stored, than may be; send again after Retry-After seconds.",
  },
  stopping: {
    status: 503,
    meaning: "This process is shutting down; send again after Retry-After seconds.",
  },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;
