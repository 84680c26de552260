import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import { endWithUs, freePort, until } from "@taskpulse/test-kit";
import { type Product, startProduct } from "../src/product.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
let product: Product;
let endpointPort: number;

test.beforeAll(async () => {
  endpointPort = await freePort();
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
  js: ["node", "--input-type=module", "-e"],
};

/** As it would be written for the product under test, and for a free port instead of 8000. */
function here(script: string): string {
  return script
    .replaceAll("http://127.0.0.1:5000", product.producer)
    .replaceAll("http://127.0.0.1:5001", product.consumer)
    .replaceAll("http://127.0.0.1:5002", product.worker)
    .replaceAll(".data/", `${product.dataDir}/`)
    .replaceAll("http://127.0.0.1:8000", `http://127.0.0.1:${endpointPort}`)
    .replaceAll("listen(8000", `listen(${endpointPort}`);
}

/** Runs a block as a reader would, against the product under test. */
async function run(language: string, script: string): Promise<string> {
  const [program, ...args] = INTERPRETERS[language] ?? [language];
  const { stdout } = await promisify(execFile)(program, [...args, here(script)], {
    timeout: 20_000,
  });
  return stdout;
}

/** A block that serves goes on until the end of the test. */
async function serve(script: string): Promise<AsyncDisposable> {
  const [program, ...args] = INTERPRETERS.js ?? ["node"];
  const child = spawn(program, [...args, here(script)], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  endWithUs(child);
  const answers = () =>
    fetch(`http://127.0.0.1:${endpointPort}`).then(
      () => true,
      () => false,
    );
  await until(answers, { what: "the endpoint of the README to answer" });
  return {
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, "exit");
    },
  };
}

test("every block of the README that runs works, in order, and answers as shown", async () => {
  test.setTimeout(120_000);
  const all = await blocks();
  const hasPython = (await run("sh", "command -v python3 || true")) !== "";
  await using served = new AsyncDisposableStack();
  let compared = 0;
  for (const [index, { language, text }] of all.entries()) {
    if (language === "js" && text.includes(".listen(")) served.use(await serve(text));
    if (language !== "sh" && !(language === "python" && hasPython)) continue;
    const answer = await run(language, text);
    expect(answer.trim(), text).not.toBe("");
    const next = all[index + 1];
    if (next?.language !== "json") continue;
    expect(JSON.parse(answer), text).toEqual(JSON.parse(here(next.text)));
    compared += 1;
  }
  expect(compared).toBeGreaterThanOrEqual(3);
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
