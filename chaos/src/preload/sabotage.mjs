/**
 * Preloaded (`node --import`) to see that a run notices when the product is broken: replaces one line
 * of one module as it is loaded. The product itself has no such switch.
 */
import { registerHooks } from "node:module";

/** @type {Record<string, { module: string, text: string, by: string }>} */
const SABOTAGES = {
  /** The answer goes out before the store has been asked. */
  "early-acknowledgement": {
    module: "packages/store/src/group-commit.ts",
    text: "      this.#open.add(request);\n",
    by: `      this.#open.add(request);
      this.#answer(request, { kind: "durable", digits: "0".repeat(tasks.length) });
`,
  },
  /** Every task looks new. */
  "no-deduplication": {
    module: "packages/store/src/commit-tasks.ts",
    text: "  local known = call('GET', key)\n",
    by: "  local known = false\n",
  },
  /** A board that misses a frame never asks for it. */
  "no-resync": {
    module: "apps/consumer/src/board/board-sync.ts",
    text: "  resync(): void {\n",
    by: "  resync(): void {\n    if (this.#state !== null) return;\n",
  },
  /** How an attempt of the most urgent tasks has ended is told to nobody. */
  "lost-finish": {
    module: "apps/worker/src/run/attempts.ts",
    text: "    const place = { taskid, round, attempt };\n",
    by: `    if (task.priority === "Critical") return;
    const place = { taskid, round, attempt };
`,
  },
  /** One attempt more than the task allows. */
  "once-too-often": {
    module: "apps/worker/src/run/attempt-record.ts",
    text: "  if (!retryable || attempt > plan.maxRetries) {\n",
    by: "  if (!retryable || attempt > plan.maxRetries + 1) {\n",
  },
  /** Nobody is told of the most urgent tasks. */
  "no-result-webhook": {
    module: "apps/worker/src/deliveries/task-deliveries.ts",
    text: "  if (payload === null) return;\n",
    by: `  if (payload === null || task.priority === "Critical") return;
`,
  },
};

const name = process.env.CHAOS_SABOTAGE ?? "";
const sabotage = SABOTAGES[name];
if (sabotage === undefined) throw new Error(`there is no sabotage "${name}"`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/${sabotage.module}`)) return loaded;
    const parts = String(loaded.source).split(sabotage.text);
    if (parts.length !== 2) {
      throw new Error(`${sabotage.module} has ${parts.length - 1} places for "${name}", not one`);
    }
    return { ...loaded, source: parts.join(sabotage.by) };
  },
});
