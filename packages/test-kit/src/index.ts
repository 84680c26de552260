export * from "./capture-server.ts";
export * from "./captured-log.ts";
export * from "./free-port.ts";
export * from "./measured-on.ts";
export * from "./ping-redis.ts";
export * from "./start-redis.ts";
export * from "./tcp-proxy.ts";
export * from "./until.ts";
