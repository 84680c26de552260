"use client";

import { useEffect, useState } from "react";

const TOKENS = [
  "text",
  "muted",
  "line",
  "raised",
  "low",
  "low-line",
  "moderate",
  "moderate-line",
  "major",
  "major-line",
  "critical",
  "critical-line",
] as const;

export type ThemeColours = Readonly<Record<(typeof TOKENS)[number], string>>;

/**
 * The tokens as colours that a canvas can draw with, read anew when the theme changes. Null until
 * the page is alive: only the browser knows them.
 */
export function useThemeColours(): ThemeColours | null {
  const [colours, setColours] = useState<ThemeColours | null>(null);
  useEffect(() => {
    const read = () => setColours(resolveTokens());
    read();
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", read);
    return () => {
      observer.disconnect();
      system.removeEventListener("change", read);
    };
  }, []);
  return colours;
}

/** A custom property's own value is not yet a colour; as the colour of an element it is. */
function resolveTokens(): ThemeColours {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const entries = TOKENS.map((token) => {
    probe.style.color = `var(--${token})`;
    return [token, getComputedStyle(probe).color] as const;
  });
  probe.remove();
  return Object.fromEntries(entries) as ThemeColours;
}
