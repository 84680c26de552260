export * from "./batch.ts";
export * from "./board.ts";
export * from "./cursor.ts";
export * from "./error-body.ts";
export * from "./error-codes.ts";
export * from "./priority.ts";
export * from "./task.ts";
export * from "./task-state.ts";
