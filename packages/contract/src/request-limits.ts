/** The most tasks that one request may carry. */
export const MAX_TASKS_PER_REQUEST = 1_000;

/** The largest request body, in bytes. */
export const MAX_BODY_BYTES = 1_048_576;

/** How many values the tasks of one request may hold together: fields and array items, at any depth. */
export const MAX_VALUES_PER_REQUEST = 40_000;
