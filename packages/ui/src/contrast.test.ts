import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Reads the tokens out of the stylesheet and computes contrast as WCAG 2.2 defines it. */

const css = readFileSync(new URL("./styles.css", import.meta.url), "utf8");
const TOKEN =
  /--([\w-]+): light-dark\(oklch\(([\d.]+) ([\d.]+) ([\d.]+)\), oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)\)/g;

type Rgb = [number, number, number];

/** OKLCH to linear sRGB (Björn Ottosson, "A perceptual color space for image processing"), clipped. */
function linearRgb(lightness: number, chroma: number, hueDegrees: number): Rgb {
  const hue = (hueDegrees * Math.PI) / 180;
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (x: number) => Math.min(1, Math.max(0, x));
  return [
    clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

const themes = { light: new Map<string, number>(), dark: new Map<string, number>() };
for (const [, name = "", ...numbers] of css.matchAll(TOKEN)) {
  const [l1 = 0, c1 = 0, h1 = 0, l2 = 0, c2 = 0, h2 = 0] = numbers.map(Number);
  themes.light.set(name, luminance(linearRgb(l1, c1, h1)));
  themes.dark.set(name, luminance(linearRgb(l2, c2, h2)));
}

function contrast(theme: "light" | "dark", first: string, second: string): number {
  const a = themes[theme].get(first);
  const b = themes[theme].get(second);
  if (a === undefined || b === undefined) throw new Error(`no token ${first} or ${second}`);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const SURFACES = ["surface", "raised", "sunken"];
const WORDS = [
  "text",
  "muted",
  "accent-text",
  "low-text",
  "moderate-text",
  "major-text",
  "critical-text",
];
const MARKS = ["line-strong", "low-line", "moderate-line", "major-line", "critical-line"];

const pairs = [
  ...SURFACES.flatMap((s) => WORDS.map((w) => [w, s, 4.5] as const)),
  ...SURFACES.flatMap((s) => MARKS.map((m) => [m, s, 3] as const)),
  ["on-accent", "accent", 4.5] as const,
  ["on-accent", "accent-strong", 4.5] as const,
  ["text", "accent-soft", 4.5] as const,
  ["muted", "accent-soft", 4.5] as const,
  ["accent-text", "accent-soft", 4.5] as const,
];

for (const theme of ["light", "dark"] as const) {
  test.each(pairs)(`${theme}: %s on %s has at least %f : 1`, (word, surface, least) => {
    expect(contrast(theme, word, surface)).toBeGreaterThanOrEqual(least);
  });
}
