import type { Metadata } from "next";
import { loadStart } from "../../board/load-here.ts";
import { RunPage } from "../../places/run/run-page.tsx";

export const dynamic = "force-dynamic";
export const metadata: Metadata = { title: "Run: Tasks Consumer" };

export default async function Run() {
  return <RunPage start={await loadStart()} />;
}
