/** The body of every error answer. */
export interface ErrorBody {
  status: "failure";
  reason: string;
  code: string;
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
