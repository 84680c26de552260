import { readFileSync } from "node:fs";

const EXAMPLE = new URL("../../.env.example", import.meta.url);

/**
 * Every setting of the product, empty, which means unset: what a person has set for `npm start`, in
 * the environment or in `.env`, must not reach a run.
 */
export function neutralEnvironment(): Record<string, string> {
  const names = readFileSync(EXAMPLE, "utf8").matchAll(/^[#\s]*([A-Z][A-Z0-9_]+)=/gm);
  return Object.fromEntries([["BROKER_URL", ""], ...[...names].map(([, name = ""]) => [name, ""])]);
}
