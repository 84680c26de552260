import type { PageQuery } from "@taskpulse/ui";
import { readPageRequest } from "@taskpulse/ui/page-request";
import { loadPage } from "../page/load-page.ts";
import { ProducerPage } from "../page/producer-page.tsx";

export const dynamic = "force-dynamic";

export default async function Page({ searchParams }: PageQuery) {
  // Node loads it from where it lies: a bundled copy would no longer know its place in the repository.
  const { httpOrigin, loadConfig } = await import(
    /* turbopackIgnore: true */ "@taskpulse/runtime/config"
  );
  const { host, producerPort, consumerPort, publicUrl, adminToken } = loadConfig();
  const here = httpOrigin(host, producerPort);
  const { batch } = await searchParams;
  const start = await loadPage(here, adminToken, typeof batch === "string" ? batch : undefined);
  const { origin } = await readPageRequest();
  // A session belongs to a name: unless it has an address of its own, the board is where the reader
  // is, under another port.
  const { settings } = start;
  const isDefault = publicUrl === httpOrigin(host, consumerPort);
  const boardUrl =
    isDefault && origin?.startsWith("http:") ? atPort(origin, consumerPort) : settings.boardUrl;
  return (
    <ProducerPage
      key={start.pinned ? start.batch?.batchid : "newest"}
      start={{ ...start, settings: { ...settings, boardUrl } }}
      origin={origin ?? here}
    />
  );
}

function atPort(origin: string, port: number): string {
  const url = new URL(origin);
  url.port = String(port);
  return url.origin;
}
