export * from "./secret.ts";
export { type SignedHeaders, type SignInput, signWebhook } from "./sign.ts";
export * from "./verify.ts";
