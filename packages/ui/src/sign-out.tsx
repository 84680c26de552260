"use client";

import { LogOut } from "lucide-react";
import { useSignedIn } from "./signed-in.tsx";
import { Tooltip } from "./tooltip.tsx";

/** A form, so that it works without JavaScript; nothing where nobody had to sign in. */
export function SignOut() {
  if (!useSignedIn()) return null;
  return (
    <form action="/logout" method="post">
      <Tooltip text="Sign out, here and on the other page">
        <button
          type="submit"
          aria-label="Sign out"
          className="inline-flex size-8 items-center justify-center rounded text-muted transition-colors hover:bg-sunken hover:text-text"
        >
          <LogOut aria-hidden size={16} />
        </button>
      </Tooltip>
    </form>
  );
}
