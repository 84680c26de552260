import { Button, Notice, SignInLink } from "@taskpulse/ui";
import type { ApiFailure } from "../board/read-api.ts";

export interface TroubleProps {
  /** What could not be had. */
  title: string;
  failure: ApiFailure;
  onRetry: () => void;
  className?: string;
}

/** Stands where something should be that could not be read. */
export function Trouble({ title, failure, onRetry, className }: TroubleProps) {
  const { code, status, reason } = failure;
  return (
    <Notice
      urgent
      kind="error"
      title={title}
      {...(className === undefined ? {} : { className })}
      action={
        status === 401 ? (
          <SignInLink />
        ) : (
          <Button size="small" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      {code === "store_unavailable"
        ? "The store is away. Nothing that was acknowledged is lost; this goes on once Redis answers."
        : reason}
    </Notice>
  );
}
