import { SignedInProvider, ThemeProvider } from "@taskpulse/ui";
import { fontVariables } from "@taskpulse/ui/fonts";
import { readPageRequest } from "@taskpulse/ui/page-request";
import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";
import "./globals.css";

export const metadata: Metadata = {
  title: "Tasks Consumer",
  description: "Every task that arrives, live, by priority.",
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#fcfcfc" },
    { media: "(prefers-color-scheme: dark)", color: "#0f0f0f" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
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
