export * from "./config.ts";
export * from "./connections.ts";
export * from "./logger.ts";
export * from "./operations.ts";
export * from "./redis.ts";
export * from "./run-app.ts";
export * from "./web-host.ts";
export * from "./within.ts";
