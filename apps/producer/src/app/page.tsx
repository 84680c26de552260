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
  const { host, producerPort, adminToken } = loadConfig();
  const here = httpOrigin(host, producerPort);
  const { batch } = await searchParams;
  const start = await loadPage(here, adminToken, typeof batch === "string" ? batch : undefined);
  const { origin } = await readPageRequest();
  return (
    <ProducerPage
      key={start.pinned ? start.batch?.batchid : "newest"}
      start={start}
      origin={origin ?? here}
    />
  );
}
