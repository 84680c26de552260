import type { ReactNode } from "react";
import { SignOut } from "./sign-out.tsx";
import { ThemeSwitch } from "./theme.tsx";
import { Wordmark } from "./wordmark.tsx";

export interface AppShellProps {
  /** The page's title, its only h1. */
  title: string;
  /** The state of the page's connection; its place is kept, so that nothing moves as it changes. */
  connection?: ReactNode;
  /** The reader's session has ended: there is nothing to sign out of. */
  signedOut?: boolean;
  children: ReactNode;
}

/** The frame of both pages: skip link, header, main. */
export function AppShell({ title, connection, signedOut = false, children }: AppShellProps) {
  return (
    <>
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded bg-accent px-3 py-2 text-on-accent focus:translate-y-0"
      >
        Skip to the content
      </a>
      <header className="sticky top-0 z-40 border-b border-line bg-surface">
        <div className="mx-auto flex max-w-[1600px] flex-wrap items-center gap-x-3 px-4 py-2 md:grid md:grid-cols-[1fr_auto_1fr] md:px-6">
          <Wordmark compact />
          <h1 className="grow text-title font-semibold tracking-tight md:grow-0">{title}</h1>
          <div className="flex items-center justify-end gap-3 max-md:contents">
            {connection === undefined ? null : (
              <div className="max-md:order-last max-md:basis-full max-md:pt-1">
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
    </>
  );
}
