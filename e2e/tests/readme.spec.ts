import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import { type Product, startProduct } from "../src/product.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
let product: Product;

test.beforeAll(async () => {
  product = await startProduct();
});
test.afterAll(() => product[Symbol.asyncDispose]());

async function blocks(): Promise<{ language: string; text: string }[]> {
  const readme = await readFile(`${ROOT}/README.md`, "utf8");
  return [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, language = "", text = ""]) => ({
      language,
      text,
    }),
  );
}

const INTERPRETERS: Record<string, readonly [string, ...string[]]> = {
  sh: ["bash", "-euo", "pipefail", "-c"],
  python: ["python3", "-c"],
};

/** Runs a block as a reader would, against the product under test. */
async function run(language: string, script: string): Promise<string> {
  const here = script
    .replaceAll("http://127.0.0.1:5000", product.producer)
    .replaceAll("http://127.0.0.1:5001", product.consumer)
    .replaceAll("http://127.0.0.1:5002", product.worker)
    .replaceAll(".data/", `${product.dataDir}/`);
  const [program, ...args] = INTERPRETERS[language] ?? [language];
  const { stdout } = await promisify(execFile)(program, [...args, here], { timeout: 20_000 });
  return stdout;
}

test("every shell block of the README works, and answers as shown", async () => {
  const all = await blocks();
  const scripts = all.filter(({ language }) => language === "sh");
  expect(scripts.length).toBeGreaterThanOrEqual(4);
  for (const [index, { language, text }] of all.entries()) {
    if (language !== "sh") continue;
    const answer = await run(language, text);
    expect(answer.trim(), text).not.toBe("");
    const next = all[index + 1];
    if (next?.language === "json") expect(JSON.parse(answer)).toEqual(JSON.parse(next.text));
  }
});

test("the Python example sends a task", async () => {
  const example = (await blocks()).find(({ language }) => language === "python");
  const hasPython = await run("sh", "command -v python3 || true");
  test.skip(hasPython === "", "there is no python3 on this machine");
  expect(JSON.parse(await run("python", example?.text ?? ""))).toMatchObject({
    status: "success",
    retval: { accepted: 1, conflicts: 0 },
  });
});

test("the commands of the README are those of package.json", async () => {
  const { scripts } = JSON.parse(await readFile(`${ROOT}/package.json`, "utf8")) as {
    scripts: Record<string, string>;
  };
  const readme = await readFile(`${ROOT}/README.md`, "utf8");
  const named = [...readme.matchAll(/npm (?:run )?(start|test|dev|bench|chaos)\b/g)].map(
    ([, name]) => name,
  );
  for (const name of named) expect(Object.keys(scripts)).toContain(name);
  expect(named).toEqual(expect.arrayContaining(["start", "test", "dev", "bench"]));
});

test("every file and folder that the documents point to is there", async () => {
  for (const page of ["README.md", "ARCHITECTURE.md", "SECURITY.md"]) {
    const text = await readFile(`${ROOT}/${page}`, "utf8");
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#][^)]*)\)/g)].map(
      ([, target = ""]) => target,
    );
    const named = [...text.matchAll(/`((?:apps|packages)\/[\w./-]+)`/g)].map(
      ([, path = ""]) => path,
    );
    for (const path of [...targets, ...named]) {
      expect(existsSync(`${ROOT}${path}`), path).toBe(true);
    }
  }
});
