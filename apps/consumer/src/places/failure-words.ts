import type { ApiFailure } from "../board/read-api.ts";

/** Why something was not done or read, and what to do, in one or two sentences. */
export function failureWords({ code, status, reason, errors }: ApiFailure): string {
  if (code === "store_unavailable") {
    return "The store is away: nothing was changed, or it can't be told. Try again once Redis answers.";
  }
  if (code === "store_full") {
    return "The store is full. Make room or raise REDIS_MAXMEMORY, then try again.";
  }
  if (status === 429) return `${withoutEnd(reason)}. Wait a moment, then try again.`;
  if (errors.length > 1) {
    return `${errors.map(({ path, message }) => `${path} ${message}`).join("; ")}.`;
  }
  return reason;
}

function withoutEnd(sentence: string): string {
  return sentence.replace(/\.$/, "");
}
