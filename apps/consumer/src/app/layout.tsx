import type { Metadata } from "next";
import "./globals.css";

export { PageDocument as default, viewport } from "@taskpulse/ui/page-document";

export const metadata: Metadata = {
  title: "Tasks Consumer",
  description: "Every task that arrives, live, by priority.",
};
