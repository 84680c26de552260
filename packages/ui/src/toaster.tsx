"use client";

import { useTheme } from "next-themes";
import { Toaster as Sonner } from "sonner";

export { toast } from "sonner";

/** Where toasts appear: once per page, inside `ThemeProvider`. */
export function Toaster() {
  const { theme } = useTheme();
  return (
    <Sonner
      theme={theme === "light" || theme === "dark" ? theme : "system"}
      position="bottom-right"
      visibleToasts={3}
      style={{ fontFamily: "inherit" }}
      toastOptions={{
        style: {
          background: "var(--raised)",
          borderColor: "var(--line-strong)",
          color: "var(--text)",
          borderRadius: "8px",
        },
      }}
    />
  );
}
