import type { Metadata } from "next";
import { loadStart } from "../../board/load-here.ts";
import { DeadLettersPage } from "../../places/dead-letters/dead-letters-page.tsx";

export const dynamic = "force-dynamic";
export const metadata: Metadata = { title: "Dead letters: Tasks Consumer" };

export default async function DeadLetters() {
  return <DeadLettersPage start={await loadStart()} />;
}
