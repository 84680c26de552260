import { join } from "node:path";
import { expect, it } from "vitest";
import { isServerCode } from "./dev-watch.ts";

it.each([
  ["main.ts", true],
  [join("server", "relay.ts"), true],
  [join("server", "relay.test.ts"), false],
  [join("app", "page.tsx"), false],
  [join("app", "socket-address.ts"), false],
  [join("board", "merge.ts"), false],
  [join("app", "globals.css"), false],
])("%s concerns the server: %s", (file, expected) => {
  expect(isServerCode(file)).toBe(expected);
});
