/**
 * What the server tells a page about the request that it is rendered for, as headers of that request:
 * Next.js hands nothing else on. Whatever a client sends under these names is dropped.
 */
export const PAGE_HEADERS = {
  /** The nonce of the page's Content-Security-Policy. */
  nonce: "x-nonce",
  /** The origin under which the reader sees this app. */
  origin: "x-taskpulse-origin",
  /** `1`: the reader signed in here, and may sign out. */
  signedIn: "x-taskpulse-signed-in",
  /** Why a login failed, as a sentence. */
  loginProblem: "x-taskpulse-login-problem",
} as const;
