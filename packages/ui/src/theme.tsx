"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { ThemeProvider as NextThemes, useTheme } from "next-themes";
import type { ReactNode } from "react";
import { Tooltip } from "./tooltip.tsx";
import { useHydrated } from "./use-hydrated.ts";

export interface ThemeProviderProps {
  /** The page's CSP nonce, for the inline script that sets the theme before the first paint. */
  nonce?: string | undefined;
  children: ReactNode;
}

export function ThemeProvider({ nonce, children }: ThemeProviderProps) {
  return (
    <NextThemes
      attribute="data-theme"
      defaultTheme="system"
      enableSystem
      // The stylesheet sets `color-scheme` from the attribute; an inline style would outrank it.
      enableColorScheme={false}
      disableTransitionOnChange
      {...(nonce === undefined ? {} : { nonce })}
    >
      {children}
    </NextThemes>
  );
}

const ORDER = ["system", "light", "dark"] as const;
const LOOK = {
  system: { word: "as the system", Icon: Monitor },
  light: { word: "light", Icon: Sun },
  dark: { word: "dark", Icon: Moon },
} as const;

/** One button that goes round: as the system, light, dark. */
export function ThemeSwitch() {
  const { theme, setTheme } = useTheme();
  const hydrated = useHydrated();
  const current = ORDER.find((name) => hydrated && name === theme) ?? "system";
  const next = ORDER[(ORDER.indexOf(current) + 1) % ORDER.length] ?? "system";
  const { word, Icon } = LOOK[current];
  return (
    <Tooltip text={`Theme: ${word}. Press for ${LOOK[next].word}.`}>
      <button
        type="button"
        aria-label={`Theme: ${word}`}
        onClick={() => setTheme(next)}
        className="inline-flex size-8 items-center justify-center rounded text-muted transition-colors hover:bg-sunken hover:text-text"
      >
        <Icon aria-hidden size={16} />
      </button>
    </Tooltip>
  );
}
