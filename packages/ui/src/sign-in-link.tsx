"use client";

import { buttonLook } from "./button.tsx";

/** Leads to the login page and back to where the reader is. */
export function SignInLink() {
  const here = typeof location === "undefined" ? "/" : `${location.pathname}${location.search}`;
  return (
    <a
      href={`/login?next=${encodeURIComponent(here)}`}
      // What the server has rendered does not know the query that the page has changed.
      suppressHydrationWarning
      className={buttonLook({ size: "small" })}
    >
      Sign in again
    </a>
  );
}
