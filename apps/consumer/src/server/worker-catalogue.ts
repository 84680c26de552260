import type { HandlerInfo } from "@taskpulse/contract";
import { askStore, type Logger } from "@taskpulse/runtime";
import { type Keys, readCatalogue } from "@taskpulse/store";
import type { Redis } from "ioredis";
import { z } from "zod";

/** Asked again no sooner, however many name what nobody knows. */
const LEAST_AGE_MS = 1_000;
/** Of what is used all the time, news come so late. */
const STALE_AFTER_MS = 15_000;
/** Leaves whoever waits the time to have their task stored within the contract's 2 s. */
const READ_LIMIT_MS = 500;

export interface KnownHandler {
  info: HandlerInfo;
  /** Null: what it takes can't be checked here, only by the worker. */
  schema: z.ZodType | null;
}

export interface Known {
  handlers: ReadonlyMap<string, KnownHandler>;
  /** Names of callers of result webhooks. */
  callers: ReadonlySet<string>;
}

export interface WorkerCatalogueOptions {
  redis: Redis;
  keys: Keys;
  log: Logger;
  /** A clock that never goes back; default: the process's. */
  nowMs?: () => number;
}

/** What workers can do, as this process last read it. */
export class WorkerCatalogue {
  readonly #options: WorkerCatalogueOptions;
  readonly #nowMs: () => number;
  #known: Known | null = null;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<boolean> | null = null;
  /** By name and what was said of it: schemas are made once. */
  #made = new Map<string, KnownHandler>();

  constructor(options: WorkerCatalogueOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /** Null while it has never been read. */
  get known(): Known | null {
    return this.#known;
  }

  /** To be called when what is known was of use: news are fetched without anyone waiting for them. */
  used(): void {
    if (this.#age() < STALE_AFTER_MS) return;
    this.refresh().catch((error: unknown) => {
      this.#options.log.error({ err: error }, "what workers can do could not be read");
    });
  }

  /** Reads it unless that was a moment ago; false when the store can't be asked. Rejects for bugs. */
  async refresh(): Promise<boolean> {
    if (this.#age() < LEAST_AGE_MS) return true;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  #age(): number {
    return this.#nowMs() - this.#readAt;
  }

  async #read(): Promise<boolean> {
    const { redis, keys } = this.#options;
    // What changes while it is read may be missed, so it is as old as the question.
    const askedAt = this.#nowMs();
    const answer = await askStore(
      () => Promise.all([readCatalogue(redis, keys.handlers), readCatalogue(redis, keys.callers)]),
      READ_LIMIT_MS,
    );
    if (answer.kind !== "answered") return false;
    const [handlers, callers] = answer.value;
    const made = new Map<string, KnownHandler>();
    const known = [...handlers].map(([name, json]): [string, KnownHandler] => {
      const key = `${name} ${json}`;
      const handler = this.#made.get(key) ?? this.#make(name, json);
      made.set(key, handler);
      return [name, handler];
    });
    this.#made = made;
    this.#known = { handlers: new Map(known), callers: new Set(callers.keys()) };
    this.#readAt = askedAt;
    return true;
  }

  /** A worker of another version may say what this one can't read: then it is not checked here. */
  #make(name: string, json: string): KnownHandler {
    try {
      const info = { name, ...entrySchema.parse(JSON.parse(json)) };
      try {
        return { info, schema: z.fromJSONSchema(info.args) };
      } catch (error) {
        this.#unreadable(name, error);
        return { info, schema: null };
      }
    } catch (error) {
      this.#unreadable(name, error);
      return { info: { name, description: "", args: {} }, schema: null };
    }
  }

  #unreadable(name: string, error: unknown): void {
    this.#options.log.warn(
      { handler: name, err: error },
      "what a handler takes can't be read here and is not checked",
    );
  }
}

const entrySchema = z.object({
  description: z.string().default(""),
  args: z.record(z.string(), z.unknown()).default({}),
  max_retries: z.number().exactOptional(),
  retry_intervals: z.array(z.number()).exactOptional(),
});
