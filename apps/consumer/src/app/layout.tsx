import { PageDocument } from "@taskpulse/ui/page-document";
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { LiveBoard } from "../board/live-board.tsx";
import "./globals.css";

export { viewport } from "@taskpulse/ui/page-document";

export const metadata: Metadata = {
  title: "Tasks Consumer",
  description: "Every task that arrives, live, by priority.",
};

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <PageDocument>
      <LiveBoard>{children}</LiveBoard>
    </PageDocument>
  );
}
