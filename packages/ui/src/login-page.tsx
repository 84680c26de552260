"use client";

import { useId } from "react";
import { Button } from "./button.tsx";
import { classNames } from "./class-names.ts";
import { Wordmark } from "./wordmark.tsx";

export interface LoginPageProps {
  /** The page behind it: "Tasks Consumer". */
  title: string;
  /** The path to go to afterwards. */
  next: string;
  /** Why the last try failed, as a sentence. */
  problem: string | null;
}

/** What both apps show to a browser that has no session. A plain form: it works without JavaScript. */
export function LoginPage({ title, next, problem }: LoginPageProps) {
  const id = useId();
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-96 flex-col justify-center gap-4 px-4 pt-8 pb-[16dvh]">
      <Wordmark />
      <div className="flex flex-col gap-5 rounded border border-line bg-raised p-6">
        <div>
          <h1 className="text-title font-semibold tracking-tight">Sign in</h1>
          <p className="text-muted">{title} is open to those who have the admin token.</p>
        </div>
        <form action="/login" method="post" className="flex flex-col gap-4">
          <input type="hidden" name="next" value={next} />
          {/* Password managers file what they keep under a name. */}
          <input name="name" autoComplete="username" value="admin" readOnly hidden />
          <div className="flex flex-col gap-1">
            <label htmlFor={id} className="text-label font-medium">
              Admin token
            </label>
            <input
              id={id}
              name="token"
              type="password"
              autoComplete="current-password"
              required
              // biome-ignore lint/a11y/noAutofocus: the page is this one field
              autoFocus
              aria-invalid={problem !== null || undefined}
              aria-describedby={problem === null ? undefined : `${id}-problem`}
              className={classNames(
                "h-9 w-full rounded border bg-raised px-2.5 text-body",
                problem === null ? "border-line-strong" : "border-critical-line",
              )}
            />
            {problem === null ? null : (
              <p id={`${id}-problem`} role="alert" className="text-label text-bad">
                {problem}
              </p>
            )}
          </div>
          <Button type="submit" kind="primary">
            Sign in
          </Button>
        </form>
        <p className="border-t border-line pt-4 text-label text-muted">
          Lost it? It stands in the server’s environment, as{" "}
          <code className="font-mono text-text">ADMIN_TOKEN</code>. Setting another one there signs
          everybody out.
        </p>
      </div>
    </main>
  );
}
