import type { Metadata } from "next";
import { loadStart } from "../../board/load-here.ts";
import { SchedulesPage } from "../../places/schedules/schedules-page.tsx";

export const dynamic = "force-dynamic";
export const metadata: Metadata = { title: "Schedules: Tasks Consumer" };

export default async function Schedules() {
  return <SchedulesPage start={await loadStart()} />;
}
