import type { Viewport } from "next";
import type { ReactNode } from "react";
import { fontVariables } from "./fonts.ts";
import { readPageRequest } from "./page-request.ts";
import { SignedInProvider } from "./signed-in.tsx";
import { ThemeProvider } from "./theme.tsx";

/** What browsers draw around the page; the surface of each theme. */
export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fcfcfc" },
    { media: "(prefers-color-scheme: dark)", color: "#0f0f0f" },
  ],
};

/** The root layout of both apps: fonts, theme, and whether the reader has signed in. */
export async function PageDocument({ children }: { children: ReactNode }) {
  const { nonce, signedIn } = await readPageRequest();
  return (
    // The theme's inline script changes the element before React sees it.
    <html lang="en" className={fontVariables} suppressHydrationWarning>
      <body>
        <ThemeProvider nonce={nonce}>
          <SignedInProvider value={signedIn}>{children}</SignedInProvider>
        </ThemeProvider>
      </body>
    </html>
  );
}
