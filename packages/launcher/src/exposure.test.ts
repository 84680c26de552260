import { loadConfig } from "@taskpulse/runtime/config";
import { expect, it } from "vitest";
import { exposureWarnings } from "./exposure.ts";

const warningsOf = (env: Record<string, string>) => exposureWarnings(loadConfig(env));

it("says nothing on a machine that only its user reaches", () => {
  expect(warningsOf({})).toEqual([]);
  expect(warningsOf({ PUBLIC_URL: "http://localhost:5001" })).toEqual([]);
});

it.each([
  ["TRUST_PROXY", { TRUST_PROXY: "127.0.0.1" }],
  ["PUBLIC_URL", { PUBLIC_URL: "https://tasks.example.com" }],
])("says what is not guarded behind a proxy that %s speaks of", (name, env) => {
  expect(warningsOf(env)).toEqual([
    expect.stringContaining(`${name} is set, ADMIN_TOKEN is not`),
    expect.stringContaining(`${name} is set, INGEST_RATE_LIMIT is not`),
    expect.stringContaining(`${name} is set, OUTGOING_ALLOW is not`),
  ]);
  const guarded = {
    ...{ ...env, ADMIN_TOKEN: "correct-horse", INGEST_RATE_LIMIT: "100" },
    OUTGOING_ALLOW: "none",
  };
  expect(warningsOf(guarded)).toEqual([]);
});

it("says nothing beyond loopback, where the start is refused without a token", () => {
  expect(warningsOf({ HOST: "0.0.0.0", ADMIN_TOKEN: "correct-horse" })).toEqual([]);
});
