import { PAGE_HEADERS } from "@taskpulse/contract";
import { headers } from "next/headers";

export interface PageRequest {
  nonce: string | undefined;
  /** The origin under which the reader sees this app. */
  origin: string | null;
  signedIn: boolean;
  /** Why a login failed, as a sentence. */
  loginProblem: string | null;
}

/** What the server tells about the request that a page is rendered for. Only while rendering there. */
export async function readPageRequest(): Promise<PageRequest> {
  const told = await headers();
  return {
    nonce: told.get(PAGE_HEADERS.nonce) ?? undefined,
    origin: told.get(PAGE_HEADERS.origin),
    signedIn: told.get(PAGE_HEADERS.signedIn) === "1",
    loginProblem: told.get(PAGE_HEADERS.loginProblem),
  };
}
