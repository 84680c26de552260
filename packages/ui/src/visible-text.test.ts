import { expect, test } from "vitest";
import { visibleText } from "./visible-text.ts";

test.each([
  ["overrides", "pay \u202e001\u202c", "pay \\u202e001\\u202c"],
  ["embeddings", "\u202aa\u202bb\u202d", "\\u202aa\\u202bb\\u202d"],
  ["isolates", "\u2066a\u2067b\u2068c\u2069", "\\u2066a\\u2067b\\u2068c\\u2069"],
  ["marks", "\u200ea\u200fb\u061c", "\\u200ea\\u200fb\\u061c"],
  ["no width", "ad\u200bm\u2060in\ufeff\u00ad", "ad\\u200bm\\u2060in\\ufeff\\u00ad"],
  ["joiners between Latin letters", "ad\u200dmi\u200cn", "ad\\u200dmi\\u200cn"],
  ["a joiner at the end", "علی\u200c", "علی\\u200c"],
  ["fillers", "\u3164\uffa0\u115f", "\\u3164\\uffa0\\u115f"],
  ["tags, as the pairs that JSON has", "a\u{e0041}", "a\\udb40\\udc41"],
  ["a selector without anything to choose", "a\ufe0f", "a\\ufe0f"],
  ["selectors after a digit", "1\ufe0f\u{e0100}#\ufe0e", "1\\ufe0f\\udb40\\udd00#\\ufe0e"],
  [
    "a second selector",
    "❤\ufe0f\ufe0f葛\u{e0100}\u{e0101}",
    "❤\ufe0f\\ufe0f葛\u{e0100}\\udb40\\udd01",
  ],
  ["two joiners in a row", "ع\u200c\u200cع", "ع\\u200c\\u200cع"],
  ["joiners between Latin letters beside others", "اab\u200ccا", "اab\\u200ccا"],
  ["control characters", "a\u0000\u001b[31m\u007f\u0085", "a\\u0000\\u001b[31m\\u007f\\u0085"],
  ["line and paragraph separators", "a\u2028b\u2029", "a\\u2028b\\u2029"],
  ["half a pair", "a\ud83d", "a\\ud83d"],
])("%s are written out", (_what, text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

test.each([
  "Jennifer Miles, O'Brien – ✓",
  "José, Ångström, Nguyễn Thị, Zażółć",
  "שלום עולם",
  "علی‌رضا",
  "مِّ\u200cم",
  "क्‍ष",
  "👨‍👩‍👧 👩🏽‍💻 ❤️ 1️⃣ 🏳️‍🌈 🇩🇪",
  "葛󠄀城市",
  "two\nlines\tand a tab",
])("%s stays", (text) => {
  expect(visibleText(text)).toBe(text);
});

test("JSON stays the same JSON", () => {
  const task = { "a\u202e": "\u{e0041}\u0085\u2028\\u202e", b: ["\ufeff", { c: "👨‍👩‍👧" }] };
  const shown = visibleText(JSON.stringify(task, null, 2));
  expect(JSON.parse(shown)).toEqual(task);
  expect(shown).not.toMatch(/[\u202e\u0085\u2028\ufeff]/);
});
