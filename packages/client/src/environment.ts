export interface Environment {
  url: string | undefined;
  token: string | undefined;
  secret: string | undefined;
}

/** What the environment says of Taskpulse; an empty variable is one that is not set. */
export function readEnvironment(): Environment {
  // There is no process where a bundler has put this into something that is no Node.js.
  const env = globalThis.process?.env ?? {};
  return {
    url: env.TASKPULSE_URL || undefined,
    token: env.TASKPULSE_TOKEN || undefined,
    secret: env.TASKPULSE_SECRET || undefined,
  };
}
