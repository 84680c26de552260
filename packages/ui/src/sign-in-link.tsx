"use client";

import { classNames } from "./class-names.ts";

/** Leads to the login page and back to where the reader is. */
export function SignInLink({ className }: { className?: string }) {
  const here = typeof location === "undefined" ? "/" : `${location.pathname}${location.search}`;
  return (
    <a
      href={here === "/" ? "/login" : `/login?next=${encodeURIComponent(here)}`}
      // What the server has rendered does not know the query that the page has changed.
      suppressHydrationWarning
      className={classNames(
        "inline-flex h-8 items-center font-medium text-accent-text underline underline-offset-2",
        className,
      )}
    >
      Sign in again
    </a>
  );
}
