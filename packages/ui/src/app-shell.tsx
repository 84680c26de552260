import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import { SignOut } from "./sign-out.tsx";
import { ThemeSwitch } from "./theme.tsx";
import { Wordmark } from "./wordmark.tsx";

export interface AppShellProps {
  /** The name of the app; the page's only h1, unless the page has one of its own. */
  title: string;
  /** The page has an h1 of its own. */
  hasHeading?: boolean;
  /** The ways to the app's pages: beside the name, or on a line of their own where there is no room. */
  nav?: ReactNode;
  /** The state of the page's connection; its place is kept, so that nothing moves as it changes. */
  connection?: ReactNode;
  /** The reader's session has ended: there is nothing to sign out of. */
  signedOut?: boolean;
  children: ReactNode;
}

/**
 * `--header` is the header's height, for what fills the rest of a wide screen. Where a line has no
 * room for all, the ways to the pages and the connection go to lines below, the connection last: what it
 * means is told right under it.
 */
const LAYOUT = {
  plain: {
    page: "[--header:49px]",
    bar: "md:grid md:grid-cols-[1fr_auto_1fr]",
    start: "contents",
    title: "md:grow-0",
    end: "max-md:contents",
    connection: "max-md:order-last max-md:basis-full max-md:pt-1",
  },
  withNav: {
    page: "[--header:89px] lg:[--header:49px]",
    bar: "lg:grid lg:grid-cols-[1fr_auto_1fr]",
    start: "contents lg:flex lg:items-center lg:gap-4",
    title: "lg:grow-0",
    end: "max-lg:contents",
    connection: "max-lg:order-3 max-md:basis-full max-md:pt-1",
  },
} as const;

/** The frame of both pages: skip link, header, main. */
export function AppShell(props: AppShellProps) {
  const { title, hasHeading = false, nav, connection, signedOut = false, children } = props;
  const layout = nav === undefined ? LAYOUT.plain : LAYOUT.withNav;
  const Title = hasHeading ? "p" : "h1";
  return (
    <div className={layout.page}>
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded bg-accent px-3 py-2 text-on-accent focus:translate-y-0"
      >
        Skip to the content
      </a>
      <header className="sticky top-0 z-40 border-b border-line bg-surface">
        <div
          className={classNames(
            "mx-auto flex max-w-[1600px] flex-wrap items-center gap-x-3 px-4 py-2 md:px-6",
            layout.bar,
          )}
        >
          <div className={layout.start}>
            <Wordmark compact />
            {nav === undefined ? null : (
              <>
                <div className="order-1 basis-full lg:hidden" />
                <div className="min-w-0 max-lg:order-2 max-lg:grow max-lg:pt-2 max-md:basis-full">
                  {nav}
                </div>
              </>
            )}
          </div>
          <Title
            className={classNames("grow text-title font-semibold tracking-tight", layout.title)}
          >
            {title}
          </Title>
          <div className={classNames("flex items-center justify-end gap-3", layout.end)}>
            {connection === undefined ? null : (
              <div className={layout.connection}>
                <div className="noscript:hidden">{connection}</div>
                <noscript>
                  <p className="text-label font-medium text-warn">live only with JavaScript</p>
                </noscript>
              </div>
            )}
            <div className="flex items-center gap-1">
              <div className="noscript:hidden">
                <ThemeSwitch />
              </div>
              {signedOut ? null : <SignOut />}
            </div>
          </div>
        </div>
      </header>
      <main
        id="main"
        tabIndex={-1}
        className="mx-auto max-w-[1600px] px-4 py-4 outline-none md:px-6"
      >
        {children}
      </main>
    </div>
  );
}
