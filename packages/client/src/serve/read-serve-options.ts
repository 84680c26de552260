import { describe, knownOptions } from "../describe.ts";
import { readSignatureOptions, type SignatureRules } from "../signature.ts";
import type { CallMethod } from "../task-input.ts";
import type { ServeOptions } from "./serve-options.ts";
import { isSchema, type StandardSchema } from "./standard-schema.ts";

export interface ReadServeOptions {
  args: StandardSchema | undefined;
  onError: ServeOptions["onError"];
  methods: readonly string[];
  /** Null: nothing need be signed. */
  signed: SignatureRules | null;
  maxBodyBytes: number;
}

const METHODS: readonly CallMethod[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const MAX_BODY_BYTES = 1_048_576;
const KNOWN = ["args", "onError", "methods", "secret", "toleranceSeconds", "maxBodyBytes"];

/**
 * @param where the function that took them, for messages
 * @param more names of options that are read elsewhere
 * @throws TypeError that names the option
 */
export function readServeOptions(
  where: string,
  options: ServeOptions,
  more: readonly string[] = [],
): ReadServeOptions {
  knownOptions(where, options, [...KNOWN, ...more]);
  const { args, onError, methods = METHODS, secret, maxBodyBytes = MAX_BODY_BYTES } = options;
  if (args !== undefined && !isSchema(args)) {
    throw new TypeError(
      `\`args\` must be a Standard Schema, such as one of zod, not ${describe(args)}`,
    );
  }
  if (onError !== undefined && typeof onError !== "function") {
    throw new TypeError("`onError` must be a function");
  }
  if (!Array.isArray(methods) || methods.some((method) => !METHODS.includes(method))) {
    throw new TypeError(`\`methods\` must be an array of ${METHODS.join(", ")}`);
  }
  if (!Number.isInteger(maxBodyBytes) || maxBodyBytes < 0) {
    throw new TypeError("`maxBodyBytes` must be a whole number from 0");
  }
  const { toleranceSeconds } = options;
  const signed = secret === undefined ? null : readSignatureOptions({ secret, toleranceSeconds });
  return { args, onError, methods, signed, maxBodyBytes };
}
