import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@playwright/test";
import { freePort } from "@taskpulse/test-kit";
import { installOutside, nodesOnPath, type Outside } from "../src/outside.ts";
import { type Product, startProduct } from "../src/product.ts";

const PROGRAMS = new URL("../outside/", import.meta.url);
const README = fileURLToPath(new URL("../../packages/client/README.md", import.meta.url));
const FRONT_PAGE = fileURLToPath(new URL("../../README.md", import.meta.url));
const NODE_TYPES = { types: ["node"], lib: ["ES2023"] };

let outside: Outside;
let product: Product;
let env: Record<string, string>;

test.beforeAll(async () => {
  [outside, product] = await Promise.all([installOutside(), startProduct()]);
  const secret = await readFile(join(product.dataDir, "webhook-secret"), "utf8");
  env = { TASKPULSE_URL: product.consumer, TASKPULSE_SECRET: secret.trim() };
});
test.afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await outside[Symbol.asyncDispose]();
});

const program = (name: string) => readFile(new URL(`${name}.ts`, PROGRAMS), "utf8");

test("what is published needs nothing but Node.js", async () => {
  const home = join(outside.folder, "node_modules/@taskpulse/client");
  const manifest: unknown = JSON.parse(await readFile(join(home, "package.json"), "utf8"));
  expect(manifest).toMatchObject({
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  });
  expect(manifest).not.toHaveProperty("dependencies");
  expect(manifest).not.toHaveProperty("private");
  const code = await readFile(join(home, "dist/index.js"), "utf8");
  const imported = code.matchAll(/^import .*"(.+)";$|\b(?:import|require)\((.*)\)/gm);
  expect([...imported].map(([, name]) => name)).toEqual(["node:crypto", "node:timers/promises"]);
  expect(outside.files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist/index.js"]));
  expect(outside.files.filter((file) => /test|fixture|(?<!\.d)\.ts$/.test(file))).toEqual([]);
});

test("a program without the types of Node.js compiles", async () => {
  await outside.compile({ web: await program("web") }, { types: [], lib: ["ES2022", "DOM"] });
});

test("what the types forbid does not compile", async () => {
  const wrong = 'import { httpTask } from "@taskpulse/client";\nhttpTask(7).getAsync(10);\n';
  const compiled = outside.compile({ wrong }, NODE_TYPES);
  await expect(compiled).rejects.toThrow(/wrong\.ts\(2,10\)[\s\S]*wrong\.ts\(2,22\)/);
});

test("a program outside of the repository calls, serves, reports, sends and verifies", async () => {
  await outside.compile({ program: await program("program") }, NODE_TYPES);
  // Where it is there, the oldest Node.js that can run the package is one of them.
  for (const [version, node] of await nodesOnPath()) {
    const printed: unknown = JSON.parse(await outside.run("program", node, env));
    expect(printed, version).toEqual(expected);
  }
});

const taskid = expect.stringMatching(/^[a-z][a-z0-9]{25}$/);
const failed = (type: string, message: string | RegExp, status?: number) => ({
  ...{ type, message: message instanceof RegExp ? expect.stringMatching(message) : message },
  ...(status === undefined ? {} : { status }),
});
const expected = {
  handle: [100, taskid, "succeeded", false],
  methods: [20, 20, 20, 20, 20, null],
  later: 42,
  elsewhere: [true, false, failed("RemoteError", "the other process gave up")],
  handler: 42,
  unknownHandler: { refused: ["handler"] },
  failures: {
    fail: failed("RemoteError", "there is no disk"),
    text: failed("InvalidResponse", /not JSON/),
    teapot: failed("HttpError", /418/, 418),
    moved: failed("RedirectRefused", /302/),
    silent: failed("Timeout", /0\.5 s/),
    odd: failed("UnknownStatus", /maybe/),
    nowhere: failed("HttpError", /404/, 404),
    nobody: "ConnectionFailed",
    classes: [true, true],
  },
  cancelled: [failed("Cancelled", /cancelled/), failed("PredecessorFailed", /cancelled/)],
  timeout: "WaitTimeout",
  aborted: ["Error: enough"],
  sent: { accepted: 2, duplicates: 1, conflicts: 0, taskids: [taskid, taskid, taskid] },
  refused: { refused: ["owner", "call.url"] },
  recorded: expect.stringMatching(/^NeverRuns: /),
  results: [{ type: "success", retval: 3, error: null }],
  warnings: [],
};

test("the examples of its README compile, and the first one gives what it says", async () => {
  const port = await freePort();
  const readme = (await readFile(README, "utf8")).replaceAll("8080", String(port));
  const blocks = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
  const [first = "", server = ""] = [
    blocks[0],
    blocks.find((text) => text.includes("createServer")),
  ];
  const all = Object.fromEntries(blocks.map((text, index) => [`block-${index}`, text]));
  // In the README they are two programs; here the one waits for the other, and ends it.
  const both = `${server}${first}\nprocess.exit(0);\n`;
  await outside.compile({ ...all, both }, { types: ["node"], lib: ["ES2023"] });
  expect(await outside.run("both", process.execPath, env)).toBe("100\n");
});

test("the program on the front page gives what it says, with the endpoint that stands there", async () => {
  const page = (await readFile(FRONT_PAGE, "utf8")).replaceAll("8000", String(await freePort()));
  const [endpoint = ""] = /(?<=^```js\n)[\s\S]*?\.listen\([\s\S]*?(?=^```$)/m.exec(page) ?? [];
  const [caller = ""] = /(?<=^```ts\n)[\s\S]*?httpTask[\s\S]*?(?=^```$)/m.exec(page) ?? [];
  await writeFile(join(outside.folder, "endpoint.js"), endpoint);
  // Imports come first wherever they stand; the endpoint is JavaScript, of which no types are known.
  const front = `const endpoint: string = "./endpoint.js";\nawait import(endpoint);\n${caller}process.exit(0);\n`;
  await outside.compile({ front }, NODE_TYPES);
  expect(await outside.run("front", process.execPath, env)).toBe("100\n");
});
