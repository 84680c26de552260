import { isPlainObject } from "../describe.ts";
import type { Incoming } from "./exchange.ts";
import { type Readings, readForms } from "./form-args.ts";
import { pathOf, type SchemaIssue, type StandardSchema } from "./standard-schema.ts";

export interface SentArgs {
  /** What a JSON body said. */
  exact: Readonly<Record<string, unknown>>;
  /** What a query or a form may mean. */
  readings: Readings;
}

export type ArgsRead =
  | { kind: "read"; sent: SentArgs }
  | { kind: "refused"; status: 400 | 415; reason: string };

const FORM = "application/x-www-form-urlencoded";
/** A schema that names one bad argument at a time is asked again for each. */
const MAX_ROUNDS = 50;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Arguments stand in the query, and with other methods than GET and HEAD in the body, too, which wins. */
export function readArgs(incoming: Incoming, body: Uint8Array): ArgsRead {
  const { method, query } = incoming;
  if (method === "GET" || method === "HEAD" || body.length === 0) return read({}, query);
  const [type = ""] = (incoming.header("content-type") ?? "").split(";", 1);
  const mediaType = type.trim().toLowerCase();
  const isForm = mediaType === FORM;
  if (!isForm && mediaType !== "application/json" && !mediaType.endsWith("+json")) {
    return refusal(415, `arguments are sent as ${FORM} or as application/json`);
  }
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return refusal(400, "the body is not valid UTF-8");
  }
  if (isForm) return read({}, query, text);
  try {
    const exact: unknown = JSON.parse(text);
    if (!isPlainObject(exact)) return refusal(400, "the body must be an object of arguments");
    return read(exact, query);
  } catch (error) {
    return refusal(400, `the body is not JSON: ${error instanceof Error ? error.message : ""}`);
  }
}

function read(exact: SentArgs["exact"], ...forms: readonly string[]): ArgsRead {
  return { kind: "read", sent: { exact, readings: readForms(...forms) } };
}

function refusal(status: 400 | 415, reason: string): ArgsRead {
  return { kind: "refused", status, reason };
}

export type ArgsCheck =
  | { kind: "valid"; args: unknown }
  /** `reason` names every bad argument. */
  | { kind: "invalid"; reason: string };

/** Gives arguments the readings that the schema takes, if there are such. */
export async function checkArgs(
  sent: SentArgs,
  schema: StandardSchema | undefined,
): Promise<ArgsCheck> {
  const chosen = new Map<string, number>();
  if (schema === undefined) return { kind: "valid", args: chooseArgs(sent, chosen) };
  let first: readonly SchemaIssue[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const result = await schema["~standard"].validate(chooseArgs(sent, chosen));
    if (result.issues === undefined) return { kind: "valid", args: result.value };
    // The likeliest reading is what the sender meant, and so what there is to complain about.
    if (round === 0) first = result.issues;
    if (!readOtherwise(result.issues, sent, chosen)) break;
  }
  return { kind: "invalid", reason: inWords(first) };
}

function chooseArgs({ exact, readings }: SentArgs, chosen: ReadonlyMap<string, number>): object {
  // Not by assignment: an argument may be called __proto__.
  return Object.fromEntries([
    ...[...readings].map(([name, all]) => [name, all[chosen.get(name) ?? 0]] as const),
    ...Object.entries(exact),
  ]);
}

/** Goes to the next reading of every argument that was not taken. @returns false when none is left */
function readOtherwise(
  issues: readonly SchemaIssue[],
  { exact, readings }: SentArgs,
  chosen: Map<string, number>,
): boolean {
  let moved = false;
  for (const name of new Set(issues.map((issue) => pathOf(issue)[0]))) {
    if (typeof name !== "string" || Object.hasOwn(exact, name)) continue;
    const next = (chosen.get(name) ?? 0) + 1;
    if (next >= (readings.get(name)?.length ?? 0)) continue;
    chosen.set(name, next);
    moved = true;
  }
  return moved;
}

function inWords(issues: readonly SchemaIssue[]): string {
  const all = issues.map((issue) => {
    const path = pathOf(issue).map(String).join(".");
    return path === "" ? issue.message : `${path}: ${issue.message}`;
  });
  return `the arguments are not valid: ${all.join("; ")}`;
}
