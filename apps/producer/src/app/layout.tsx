import type { Metadata } from "next";
import "./globals.css";

export { PageDocument as default, viewport } from "@taskpulse/ui/page-document";

export const metadata: Metadata = {
  title: "Tasks Producer",
  description: "Makes tasks, sends them as webhooks, and shows how each one ended.",
};
