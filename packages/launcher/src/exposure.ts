import { type Config, DEFAULT_OUTGOING_ALLOW, isLoopback } from "@taskpulse/runtime/config";

/**
 * What an operator should know before others reach this instance through a proxy on this machine:
 * it listens on loopback then, where nothing is guarded unless it is set.
 *
 * @returns one sentence each
 */
export function exposureWarnings(
  config: Pick<
    Config,
    "host" | "publicUrl" | "trustProxy" | "adminToken" | "ingestRateLimit" | "outgoingAllow"
  >,
): string[] {
  const { host, publicUrl, trustProxy, adminToken, ingestRateLimit } = config;
  const publicHost = new URL(publicUrl).hostname.replace(/^\[|\]$/g, "");
  const isProxied = isLoopback(host) && (trustProxy.length > 0 || !isLoopback(publicHost));
  if (!isProxied) return [];
  const sign = trustProxy.length > 0 ? "TRUST_PROXY" : "PUBLIC_URL";
  return [
    ...(adminToken === undefined
      ? [`${sign} is set, ADMIN_TOKEN is not: whoever the proxy lets through may look and act.`]
      : []),
    ...(ingestRateLimit === 0
      ? [`${sign} is set, INGEST_RATE_LIMIT is not: one sender may take all there is.`]
      : []),
    ...(config.outgoingAllow === DEFAULT_OUTGOING_ALLOW
      ? [`${sign} is set, OUTGOING_ALLOW is not: tasks may call whatever listens on this machine.`]
      : []),
  ];
}
