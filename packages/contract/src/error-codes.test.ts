import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ERROR_CODES } from "./error-codes.ts";

test("docs/errors.md lists exactly the codes there are, as they are", () => {
  const page = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  const listed = [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \| (.+) \|$/gm)].map(
    ([, code, status, meaning]) => ({ code, status: Number(status), meaning }),
  );
  expect(listed).toEqual(
    Object.entries(ERROR_CODES).map(([code, { status, meaning }]) => ({ code, status, meaning })),
  );
});
