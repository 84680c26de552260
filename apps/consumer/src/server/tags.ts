/** What the reference begins with. */
export const INTRODUCTION = `Receives tasks, runs them, and tells others how they ended.

Bodies are JSON in UTF-8. Every error answer has one clear sentence for people (\`reason\`) and a \`code\` for programs. Where ADMIN_TOKEN is set, programs send it as \`Authorization: Bearer\`; incoming tasks are signed instead.

A 503 with \`Retry-After\` means: send the same again. That is always safe for tasks, and for whatever carries an \`Idempotency-Key\`.`;

/** The headings of the reference, in order. */
export const TAGS = {
  "Sending tasks":
    "Tasks come as signed webhooks, or from programs through the API. A task with a `call` or a `handler` is run; any other is only recorded.",
  "Reading tasks":
    "Everything is read from the store, and includes every task that was acknowledged.",
  "Running tasks": "Run failed tasks again, give tasks up, and see what failed for good.",
  "HTTP gateway":
    "For programs in any language: start a registered handler by name, ask whether it is done, and for its result.",
  Handlers: "What workers can do by name.",
  Schedules: "What makes tasks later: at a time, every interval, or by cron with a time zone.",
  "Result webhooks":
    "How tasks ended is told to others: by a task's own `webhook`, or to whoever has subscribed.",
  Operations: "How the process is, and what it is asked for. `/login` is for browsers.",
} as const;
