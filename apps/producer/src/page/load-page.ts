import type { BatchOutcomes, BatchView, ProducerSettings } from "@taskpulse/contract";
import { callApi, type Refusal } from "./api.ts";

export const LISTED_BATCHES = 20;
const FIRST_LINES = 200;

/** What the server renders the page with. */
export interface PageStart {
  settings: ProducerSettings;
  /** The batch that was asked for, else the newest; null when there is none. */
  batch: BatchView | null;
  /** The newest of the batch's outcomes; null when they could not be read. */
  lines: BatchOutcomes | null;
  /** Newest first. */
  batches: readonly BatchView[];
  /** The store can't be read now, so that what there is can't be told. */
  away: boolean;
  /** The address that was asked for is not the newest batch's but this one's. */
  pinned: boolean;
  /** The batch that was asked for and could not be read. */
  missed: string | null;
  /** When all this was read, in ms. */
  at: number;
}

/**
 * Read over HTTP: the process that renders shares no modules with the one that serves. Whoever is
 * shown the page has been let in already.
 *
 * @param adminToken needed to read where one is set; it never becomes part of the page
 */
export async function loadPage(
  origin: string,
  adminToken: string | undefined,
  wanted: string | undefined,
): Promise<PageStart> {
  const headers: Record<string, string> =
    adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` };
  const read = <T>(path: string) => callApi<T>(`${origin}/api/${path}`, { headers });
  const [settings, list, one] = await Promise.all([
    read<ProducerSettings>("settings"),
    read<{ batches: BatchView[] }>(`batches?limit=${LISTED_BATCHES}`),
    wanted === undefined ? null : read<BatchView>(`batches/${encodeURIComponent(wanted)}`),
  ]);
  if (!settings.ok) throw new Error(settings.reason);
  const away = !list.ok && isAway(list);
  if (!(list.ok || away)) throw new Error(list.reason);
  const batches = list.ok ? list.value.batches : [];
  const pinned = one?.ok === true;
  const missed = one?.ok === false && isAway(one) ? (wanted ?? null) : null;
  const batch = pinned ? one.value : (batches[0] ?? null);
  const lines =
    batch === null
      ? null
      : await read<BatchOutcomes>(
          `batches/${encodeURIComponent(batch.batchid)}/outcomes?limit=${FIRST_LINES}`,
        );
  return {
    settings: settings.value,
    batch,
    lines: lines?.ok === true ? lines.value : null,
    batches,
    ...{ away, pinned, missed },
    at: Date.now(),
  };
}

/** What is asked of the producer while its store does not answer is refused, or not in time. */
function isAway({ status }: Refusal): boolean {
  return status === 503 || status === null;
}
