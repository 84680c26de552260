import { isIP } from "node:net";
import { totalmem } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import {
  address,
  bytes,
  decimal,
  flag,
  isDestination,
  isHostName,
  isRange,
  list,
  whole,
} from "./config-values.ts";

/**
 * The whole configuration, read once at start from the environment. Every process of one instance
 * reads the same variables, so that they agree without talking.
 *
 * `loadConfig` reports every problem at once, each with the variable's name, what was given and a
 * good example; it never throws anything but `ConfigError`.
 */

const REPOSITORY_ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Requests per sender and second, where others can reach this instance and nothing was set. */
const OPEN_RATE_LIMIT = 1_000;
/** What tasks may call where only this machine can send any. */
export const DEFAULT_OUTGOING_ALLOW: readonly string[] = ["127.0.0.0/8", "::1"];
/** Never shown, not even in part. */
const SECRET_VARIABLES: readonly unknown[] = ["WEBHOOK_SECRET", "ADMIN_TOKEN"];

/** Enough to see that it was meant to be one: what a secret is, only `packages/webhook` knows. */
const SECRETS = /^\s*whsec_/;
const SECRETS_MESSAGE =
  "WEBHOOK_SECRET must be one or several secrets separated by spaces, each beginning with whsec_";
const TOKEN = /^[\x21-\x7e]{8,200}$/;
const TOKEN_MESSAGE = "ADMIN_TOKEN must be 8 to 200 visible ASCII characters without spaces";

const port = (name: string, example: number) => whole(name, example, 1, 65_535);

const redisUrl = (name: string) => address(name, /^rediss?$/, "redis://127.0.0.1:6379").optional();

const variables = z.object({
  HOST: z
    .string()
    .refine(
      (host) => host === "localhost" || isIP(host) !== 0,
      "HOST must be an IP address or localhost, for example 127.0.0.1",
    )
    .default("127.0.0.1"),
  PRODUCER_PORT: port("PRODUCER_PORT", 5000).default(5000),
  CONSUMER_PORT: port("CONSUMER_PORT", 5001).default(5001),
  WORKER_PORT: port("WORKER_PORT", 5002).default(5002),
  WORKER_CONCURRENCY: whole("WORKER_CONCURRENCY", 50, 1, 1_000).default(50),
  DATA_DIR: z.string().min(1, "DATA_DIR must be a folder, for example .data").default(".data"),
  LOG_LEVEL: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"], {
      error: "LOG_LEVEL must be fatal, error, warn, info, debug, trace or silent",
    })
    .default("info"),
  REDIS_URL: redisUrl("REDIS_URL"),
  BROKER_URL: redisUrl("BROKER_URL"),
  MIN_NBR_TASKS: whole("MIN_NBR_TASKS", 1, 1, 100_000).default(1),
  MAX_NBR_TASKS: whole("MAX_NBR_TASKS", 100, 1, 100_000).default(100),
  WAIT_TIME: decimal("WAIT_TIME", 1, 0, 3_600).default(1),
  WEBHOOK_RECEIVER_URL: address(
    "WEBHOOK_RECEIVER_URL",
    /^https?$/,
    "http://127.0.0.1:5001/consumetasks",
  ).optional(),
  PUBLIC_URL: address("PUBLIC_URL", /^https?$/, "https://tasks.example.com")
    .refine((url) => !/^[a-z]+:\/\/[^/?#]*@/i.test(url), "PUBLIC_URL must not hold a password")
    .optional(),
  WEBHOOK_SECRET: z.string().regex(SECRETS, SECRETS_MESSAGE).optional(),
  REQUIRE_SIGNATURE: flag("REQUIRE_SIGNATURE").default(true),
  INGEST_RATE_LIMIT: whole("INGEST_RATE_LIMIT", 1000, 0, 1_000_000).optional(),
  ADMIN_TOKEN: z.string().regex(TOKEN, TOKEN_MESSAGE).optional(),
  TRUST_PROXY: list(
    isRange,
    "TRUST_PROXY must be addresses or CIDR ranges, for example 10.0.0.0/8",
  ),
  ALLOWED_HOSTS: list(
    isHostName,
    "ALLOWED_HOSTS must be host names, for example tasks.example.com",
  ),
  OUTGOING_ALLOW: list(
    isDestination,
    "OUTGOING_ALLOW must be CIDR ranges, addresses or host names, for example 10.0.0.0/8",
  ),
  SIGNATURE_TOLERANCE: whole("SIGNATURE_TOLERANCE", 300, 1, 1_000_000_000).default(300),
  DEDUP_SECONDS: whole("DEDUP_SECONDS", 3600, 1, 86_400).optional(),
  RETENTION_DAYS: decimal("RETENTION_DAYS", 7, 1, 3_650).default(7),
  RETENTION_TASKS: whole("RETENTION_TASKS", 1_000_000, 1, 1_000_000_000).default(1_000_000),
  REDIS_MAXMEMORY: bytes("REDIS_MAXMEMORY", "512mb or 4gb", 16).default(
    Math.floor(totalmem() * 0.6),
  ),
});

const PORT_PAIRS = [
  ["PRODUCER_PORT", "CONSUMER_PORT"],
  ["PRODUCER_PORT", "WORKER_PORT"],
  ["CONSUMER_PORT", "WORKER_PORT"],
] as const;

const relations = variables.superRefine((v, context) => {
  const problem = (message: string) => context.addIssue({ code: "custom", message });
  if (v.MIN_NBR_TASKS > v.MAX_NBR_TASKS) {
    problem(
      `MIN_NBR_TASKS (${v.MIN_NBR_TASKS}) must not be above MAX_NBR_TASKS (${v.MAX_NBR_TASKS})`,
    );
  }
  for (const [one, other] of PORT_PAIRS) {
    if (v[one] === v[other]) problem(`${one} and ${other} must differ, both are ${v[other]}`);
  }
  const leastDedup = leastDedupSeconds(v.SIGNATURE_TOLERANCE);
  if (v.DEDUP_SECONDS !== undefined && v.DEDUP_SECONDS < leastDedup) {
    problem(
      `DEDUP_SECONDS (${v.DEDUP_SECONDS}) must be at least twice SIGNATURE_TOLERANCE, here ${leastDedup}`,
    );
  }
  if (!isLoopback(v.HOST) && v.ADMIN_TOKEN === undefined) {
    problem(
      `HOST ${v.HOST} opens Taskpulse to others, so ADMIN_TOKEN must be set too: openssl rand -base64 24 makes a good one`,
    );
  }
});

/** A signed request can be replayed for twice the tolerance; a day is the most that is remembered. */
function leastDedupSeconds(toleranceSeconds: number): number {
  return Math.min(2 * toleranceSeconds, 86_400);
}

export interface Config {
  readonly host: string;
  readonly producerPort: number;
  readonly consumerPort: number;
  readonly workerPort: number;
  /** How many tasks one worker runs at a time. */
  readonly workerConcurrency: number;
  /** Absolute path. */
  readonly dataDir: string;
  readonly logLevel: string;
  /** Unset: the launcher starts a Redis of its own and passes its address on. */
  readonly redisUrl: string | undefined;
  readonly minTasks: number;
  readonly maxTasks: number;
  readonly waitSeconds: number;
  readonly webhookReceiverUrl: string;
  /** How others reach the consumer. */
  readonly publicUrl: string;
  /** `WEBHOOK_SECRET` as it was given; unset: the file in `dataDir` has them. See `firstWebhookSecrets`. */
  readonly webhookSecret: string | undefined;
  /** Whether tasks must be signed; one that carries a signature must verify in any case. */
  readonly requireSignature: boolean;
  readonly signatureToleranceSeconds: number;
  /** Requests per sender and second; 0: no limit. */
  readonly ingestRateLimit: number;
  /** Guards pages, API and sockets; unset: whoever reaches them may use them. */
  readonly adminToken: string | undefined;
  /** Addresses and CIDR ranges whose `X-Forwarded-*` headers are believed. */
  readonly trustProxy: readonly string[];
  /** Host names, in lower case, under which this instance may be asked besides localhost and IP addresses. */
  readonly allowedHosts: readonly string[];
  /** CIDR ranges, addresses and host names that what data names may be, though private. */
  readonly outgoingAllow: readonly string[];
  readonly dedupSeconds: number;
  readonly retentionDays: number;
  readonly retentionTasks: number;
  readonly redisMaxMemoryBytes: number;
}

/** Thrown by `loadConfig`; each problem is one sentence that can be shown as it is. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** Empty variables count as unset, as in a `.env` file with a name and no value. */
export function loadConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const parsed = variables.safeParse(given);
  const related = parsed.success ? relations.safeParse(given) : parsed;
  if (!parsed.success || !related.success) {
    throw new ConfigError(
      (related.error?.issues ?? []).map((issue) => {
        const variable = issue.path[0];
        return typeof variable !== "string" || SECRET_VARIABLES.includes(variable)
          ? issue.message
          : `${issue.message} (it is ${quoted(given[variable])})`;
      }),
    );
  }
  const v = parsed.data;
  const publicUrl = (v.PUBLIC_URL ?? httpOrigin(v.HOST, v.CONSUMER_PORT)).replace(/\/+$/, "");
  return Object.freeze({
    host: v.HOST,
    producerPort: v.PRODUCER_PORT,
    consumerPort: v.CONSUMER_PORT,
    workerPort: v.WORKER_PORT,
    workerConcurrency: v.WORKER_CONCURRENCY,
    dataDir: resolve(REPOSITORY_ROOT, v.DATA_DIR),
    logLevel: v.LOG_LEVEL,
    redisUrl: v.REDIS_URL ?? v.BROKER_URL,
    minTasks: v.MIN_NBR_TASKS,
    maxTasks: v.MAX_NBR_TASKS,
    waitSeconds: v.WAIT_TIME,
    webhookReceiverUrl:
      v.WEBHOOK_RECEIVER_URL ?? `${httpOrigin(v.HOST, v.CONSUMER_PORT)}/consumetasks`,
    publicUrl,
    webhookSecret: v.WEBHOOK_SECRET,
    requireSignature: v.REQUIRE_SIGNATURE,
    signatureToleranceSeconds: v.SIGNATURE_TOLERANCE,
    ingestRateLimit: v.INGEST_RATE_LIMIT ?? (isLoopback(v.HOST) ? 0 : OPEN_RATE_LIMIT),
    adminToken: v.ADMIN_TOKEN,
    trustProxy: v.TRUST_PROXY,
    allowedHosts: [new URL(publicUrl).hostname, ...v.ALLOWED_HOSTS].map((name) =>
      name.toLowerCase(),
    ),
    outgoingAllow:
      v.OUTGOING_ALLOW.length === 0 && isLoopback(v.HOST)
        ? DEFAULT_OUTGOING_ALLOW
        : v.OUTGOING_ALLOW,
    dedupSeconds: v.DEDUP_SECONDS ?? Math.max(3_600, leastDedupSeconds(v.SIGNATURE_TOLERANCE)),
    retentionDays: v.RETENTION_DAYS,
    retentionTasks: v.RETENTION_TASKS,
    redisMaxMemoryBytes: v.REDIS_MAXMEMORY,
  });
}

/**
 * Where what listens on `host` can be opened from this machine: `http://host:port`, an IPv6 host in
 * brackets (RFC 3986, section 3.2.2). An address that means every interface is none to connect to.
 */
export function httpOrigin(host: string, portNumber: number): string {
  const openable = { one: host, ipv4: "127.0.0.1", all: "localhost" }[interfacesOf(host)];
  return `http://${inUrl(openable)}:${portNumber}`;
}

/** On what one listens with this `host`: one address, every IPv4 one (0.0.0.0), or all (::). */
export function interfacesOf(host: string): "one" | "ipv4" | "all" {
  const url = `http://${inUrl(host)}`;
  // There are many ways to write an address, and one in a URL.
  const written = URL.canParse(url) ? new URL(url).hostname : host;
  if (written === "[::]") return "all";
  return written === "0.0.0.0" || written === "[::ffff:0:0]" ? "ipv4" : "one";
}

function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/** A secret may have been put into the wrong variable: show little, and nothing of an address. */
function quoted(value: string | undefined): string {
  if (value === undefined) return "unset";
  if (value.includes("whsec_")) return "a webhook secret, which belongs into WEBHOOK_SECRET";
  const shown = value.includes("@") ? "an address with a password" : value.slice(0, 40);
  return `"${shown}${value.length > 40 ? "…" : ""}"`;
}
