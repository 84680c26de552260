"use client";

import { createContext, type ReactNode, use } from "react";

const SignedIn = createContext(false);

/** Whether the reader has signed in here: known to the server, wanted anywhere on the page. */
export function SignedInProvider({ value, children }: { value: boolean; children: ReactNode }) {
  return <SignedIn value={value}>{children}</SignedIn>;
}

export function useSignedIn(): boolean {
  return use(SignedIn);
}
