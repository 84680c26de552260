import type { Metadata } from "next";
import { loadStart } from "../../../board/load-here.ts";
import { DeadWebhooksPage } from "../../../places/dead-letters/dead-webhooks-page.tsx";

export const dynamic = "force-dynamic";
export const metadata: Metadata = { title: "Dead webhooks: Tasks Consumer" };

export default async function DeadWebhooks() {
  return <DeadWebhooksPage start={await loadStart()} />;
}
