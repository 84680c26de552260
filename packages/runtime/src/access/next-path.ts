const LONGEST = 2_000;
/** Any origin will do that nobody has. */
const HERE = "http://here.invalid";
/** Control characters, and what browsers take for a slash. */
const TRICKS = /[\p{Cc}\\]/u;

/**
 * Where to go after the login: a path on this origin with its query, or `/`. Whoever makes up the
 * link to the login page must not choose another site.
 */
export function nextPath(wanted: string | null | undefined): string {
  if (wanted == null || wanted.length > LONGEST || TRICKS.test(wanted)) return "/";
  if (!wanted.startsWith("/") || wanted.startsWith("//") || !URL.canParse(wanted, HERE)) return "/";
  const { origin, pathname, search } = new URL(wanted, HERE);
  // Dots are gone by now, and may have left two slashes at the beginning.
  if (origin !== HERE || pathname.startsWith("//")) return "/";
  return pathname === "/login" || pathname === "/logout" ? "/" : `${pathname}${search}`;
}

/** The address of the login page that leads back to `url` afterwards. */
export function loginAddress(url: string): string {
  return `/login?next=${encodeURIComponent(nextPath(url))}`;
}
