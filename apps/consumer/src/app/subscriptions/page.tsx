import type { Metadata } from "next";
import { loadStart } from "../../board/load-here.ts";
import { SubscriptionsPage } from "../../places/subscriptions/subscriptions-page.tsx";

export const dynamic = "force-dynamic";
export const metadata: Metadata = { title: "Subscriptions: Tasks Consumer" };

export default async function Subscriptions() {
  return <SubscriptionsPage start={await loadStart()} />;
}
