import type { PageQuery } from "@taskpulse/ui";
import type { BoardStart } from "./board-model.ts";
import { loadBoard, loadSummary } from "./load-board.ts";
import { readFilter } from "./task-filter.ts";

/** The board as this process serves it, and what its page tells of this instance. */
export async function loadBoardHere(searchParams: PageQuery["searchParams"]) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(await searchParams)) {
    if (typeof value === "string") query.set(name, value);
  }
  const { config, origin } = await here();
  const start = await loadBoard(origin, config.adminToken, readFilter(query));
  return { start, publicUrl: config.publicUrl, signed: config.requireSignature };
}

/** What every other page begins with: how many tasks there are. */
export async function loadStart(): Promise<BoardStart> {
  const { config, origin } = await here();
  return loadSummary(origin, config.adminToken);
}

async function here() {
  // Node loads it from where it lies: a bundled copy would no longer know its place in the repository.
  const { httpOrigin, loadConfig } = await import(
    /* turbopackIgnore: true */ "@taskpulse/runtime/config"
  );
  const config = loadConfig();
  return { config, origin: httpOrigin(config.host, config.consumerPort) };
}
