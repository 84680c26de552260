import { isUtf8 } from "node:buffer";
import { MAX_VALUES_PER_REQUEST } from "@taskpulse/contract";

export type ParsedJson =
  | { kind: "json"; json: unknown; text: string }
  | { kind: "notJson"; reason: string };

/** Reads a body as JSON in UTF-8; numbers are doubles, see `parseExact` for those that must not be. */
export function parseJson(body: Buffer): ParsedJson {
  if (!isUtf8(body)) return { kind: "notJson", reason: "The body is not valid UTF-8." };
  const text = body.toString("utf8");
  try {
    return { kind: "json", json: JSON.parse(text), text };
  } catch (error) {
    const detail = error instanceof Error ? `: ${error.message}` : "";
    return { kind: "notJson", reason: `The body is not JSON${detail}.` };
  }
}

/** How deep the fields of a task may be nested: whoever reads it later may recurse. */
const MAX_DEPTH = 100;

/** What is left to the values of one request that are still to be looked at. */
export interface Walk {
  valuesLeft: number;
}

export function newWalk(): Walk {
  return { valuesLeft: MAX_VALUES_PER_REQUEST };
}

const SHAPE = {
  deep: `must not be nested deeper than ${MAX_DEPTH} levels`,
  wide: `the tasks of one request must not hold more than ${MAX_VALUES_PER_REQUEST} fields and array items together`,
};

/** Why a value is too deep or too wide to be looked at further; null when it is not. */
export function shapeProblem(value: unknown, walk: Walk): string | null {
  const problem = problemBelow(value, MAX_DEPTH, walk);
  return problem === null ? null : SHAPE[problem];
}

function problemBelow(value: unknown, levels: number, walk: Walk): keyof typeof SHAPE | null {
  if (typeof value !== "object" || value === null) return null;
  if (levels === 0) return "deep";
  const values = Object.values(value);
  walk.valuesLeft -= values.length;
  if (walk.valuesLeft < 0) return "wide";
  for (const inner of values) {
    const problem = problemBelow(inner, levels - 1, walk);
    if (problem !== null) return problem;
  }
  return null;
}
