import type { Refusal } from "./api.ts";

export interface StartFailure {
  title: string;
  means: string;
  /** The reader has to sign in first. */
  signIn?: boolean;
}

/** Why no batch was started, and what to do about it. */
export function startFailure({ code, reason }: Refusal): StartFailure {
  if (code === "store_full") {
    return {
      title: "The store is full: no batch was started",
      means:
        "Redis has reached its memory limit. Make room or raise REDIS_MAXMEMORY, then press again; nothing that was accepted is lost.",
    };
  }
  if (code === "store_unavailable") {
    return {
      title: "The store is away: no batch was started",
      means: "Press again once Redis answers; a start that went through meanwhile happens once.",
    };
  }
  if (code === "login_required") {
    return {
      title: "You are signed out: no batch was started",
      means: "Sign in again, then press once more.",
      signIn: true,
    };
  }
  return { title: "No batch was started", means: reason };
}
