import type { PageQuery } from "@taskpulse/ui";
import { Board } from "../board/board.tsx";
import { loadBoard } from "../board/load-board.ts";
import { readFilter } from "../board/task-filter.ts";

export const dynamic = "force-dynamic";

export default async function BoardPage({ searchParams }: PageQuery) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(await searchParams)) {
    if (typeof value === "string") query.set(name, value);
  }
  // Node loads it from where it lies: a bundled copy would no longer know its place in the repository.
  const { httpOrigin, loadConfig } = await import(
    /* turbopackIgnore: true */ "@taskpulse/runtime/config"
  );
  const config = loadConfig();
  const here = httpOrigin(config.host, config.consumerPort);
  const start = await loadBoard(here, config.adminToken, readFilter(query));
  return <Board start={start} publicUrl={config.publicUrl} signed={config.requireSignature} />;
}
