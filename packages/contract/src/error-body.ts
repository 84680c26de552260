import type { ErrorCode } from "./error-codes.ts";

/** The body of every error answer. */
export interface ErrorBody {
  status: "failure";
  reason: string;
  code: ErrorCode;
  errors?: FieldError[];
}

export interface FieldError {
  path: string;
  message: string;
}

/** The body of every accepted ingest. */
export interface IngestAnswer {
  status: "success";
  retval: { accepted: number; duplicates: number; conflicts: number; taskids: string[] };
}

/** Builds an error body; `errors` is left out when there is none. */
export function errorBody(code: ErrorCode, reason: string, errors?: FieldError[]): ErrorBody {
  return { status: "failure", reason, code, ...(errors === undefined ? {} : { errors }) };
}
