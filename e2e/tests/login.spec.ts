import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { expectAccessible } from "../src/accessible.ts";
import { expectUnderBadge, textColour } from "../src/board-page.ts";
import { type Product, startProduct } from "../src/product.ts";

/** Who may look: the login page, sessions over both apps, and what a page may run. */
const ADMIN_TOKEN = "a-token-of-the-tests";

let product: Product;
let complaints: string[];

test.beforeAll(async () => {
  product = await startProduct({ ADMIN_TOKEN, WAIT_TIME: "0.05" });
});
test.afterAll(() => product[Symbol.asyncDispose]());
test.beforeEach(async ({ context }) => {
  complaints = [];
  context.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(String(error.error())));
});

async function logIn(page: Page, token = ADMIN_TOKEN): Promise<void> {
  // By keyboard alone: the field has the focus already.
  await expect(page.getByLabel("Admin token")).toBeFocused();
  await page.keyboard.type(token);
  await page.keyboard.press("Enter");
}

async function loggedIn(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(product.consumer);
  await logIn(page);
  await expect(page.getByText("live", { exact: true }).first()).toBeVisible();
  return page;
}

const isLive = (page: Page) =>
  expect(page.getByText("live", { exact: true }).first()).toBeVisible();

test("the login leads where one wanted to go, and serves both apps", async ({ page }) => {
  await page.goto(`${product.consumer}/?q=Jennifer+M`);
  await expect(page).toHaveURL(/\/login\?next=/);
  await expectAccessible(page, "login");
  await logIn(page, "not-this-one");
  await expect(page.getByText("That is not the admin token.")).toBeVisible();
  await expect(page.getByLabel("Admin token")).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(page, "login, wrong token");
  // The answer to the form says 401, which Chromium repeats.
  complaints = complaints.filter((text) => !text.includes("401"));
  await logIn(page);
  await expect(page).toHaveURL(`${product.consumer}/?q=Jennifer+M`);
  await isLive(page);
  await page.goto(product.producer);
  await page.getByLabel("How many").fill("3");
  await page.getByRole("button", { name: "Produce Tasks" }).click();
  await expect(page.locator("li", { hasText: "3 out of 3 -- 200 -- " })).toBeVisible();
  await expectAccessible(page, "producer, signed in");
  await page.goto(`${product.consumer}/login`);
  await expect(page).toHaveURL(`${product.consumer}/`);
  await expect(page.locator("canvas")).toBeVisible();
  await expectAccessible(page, "board, signed in");
  expect(complaints).toEqual([]);
});

test("every place of the consumer wants a login, leads back, and says when it has ended", async ({
  context,
}) => {
  const page = await context.newPage();
  await page.goto(`${product.consumer}/dead-letters?type=Timeout`);
  await expect(page).toHaveURL(/\/login\?next=%2Fdead-letters%3Ftype%3DTimeout$/);
  await logIn(page);
  await expect(page).toHaveURL(`${product.consumer}/dead-letters?type=Timeout`);
  await isLive(page);
  // From one place to another, and to one whose session has ended meanwhile.
  await page.getByRole("link", { name: "Run" }).click();
  await expect(page.getByLabel("Handler", { exact: true })).toBeVisible();
  await page.getByLabel("x", { exact: true }).fill("6");
  await page.getByLabel("y", { exact: true }).fill("7");
  const other = await context.newPage();
  await other.goto(product.consumer);
  await other.getByRole("button", { name: "Sign out" }).click();
  await expect(other).toHaveURL(`${product.consumer}/login`);
  await page.bringToFront();
  await expect(page.locator("p", { hasText: "You are signed out" }).first()).toBeVisible();
  await page.getByRole("button", { name: "Run it" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "No task was started" })).toContainText(
    "You are signed out.",
  );
  await page.getByRole("link", { name: "Schedules" }).click();
  await expect(page).toHaveURL(/\/login\?next=%2Fschedules$/);
  await logIn(page);
  await expect(page.getByRole("heading", { name: "Schedules" })).toBeVisible();
  await isLive(page);
});

test("it works without JavaScript, in and out", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(product.producer);
  await logIn(page, "not-this-one");
  await expect(page.getByText("That is not the admin token.")).toBeVisible();
  await logIn(page);
  await expect(page.getByRole("button", { name: "Produce Tasks" })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(`${product.producer}/login`);
  await page.goto(product.consumer);
  await expect(page).toHaveURL(/\/login\?next=/);
  await context.close();
});

test("signed out in one tab: the others say so, and go on where they were", async ({ context }) => {
  const board = await loggedIn(context);
  await board.goto(`${product.consumer}/?q=Owner`);
  await isLive(board);
  const producer = await context.newPage();
  await producer.goto(product.producer);
  await producer.getByLabel("How many").fill("1000");
  await producer.getByRole("button", { name: "Produce Tasks" }).click();
  await expect(producer.locator("li", { hasText: " out of 1000 -- 200" }).first()).toBeVisible();

  const third = await context.newPage();
  await third.goto(product.consumer);
  await third.getByRole("button", { name: "Sign out" }).click();
  await expect(third).toHaveURL(`${product.consumer}/login`);
  for (const page of [board, producer]) {
    await page.bringToFront();
    const words = page.locator("p", { hasText: "You are signed out" });
    await expect(words).toBeVisible();
    await expectUnderBadge(page, words);
    await expect(page.getByRole("button", { name: "Sign out" })).toBeHidden();
    await expectAccessible(page, "signed out");
  }
  await producer.getByRole("button", { name: "Produce Tasks" }).click();
  await expect(
    producer.locator("p", { hasText: "You are signed out: no batch was started" }),
  ).toBeVisible();

  await board.bringToFront();
  await board.getByRole("link", { name: "CSV" }).click();
  const refused = board.getByRole("alert").filter({ hasText: "No file was made." });
  await expect(refused).toContainText("You are signed out.");
  await expectAccessible(board, "signed out, and no file");
  await refused.getByRole("link", { name: "Sign in again" }).click();
  await logIn(board);
  await expect(board).toHaveURL(`${product.consumer}/?q=Owner`);
  await isLive(board);
  const download = board.waitForEvent("download");
  await board.getByRole("link", { name: "CSV" }).click();
  expect((await download).suggestedFilename()).toBe("tasks.csv");
  await expect(refused).toBeHidden();
  await producer.bringToFront();
  await expect(producer.getByText("live", { exact: true })).toBeVisible();
  await producer.getByRole("button", { name: "cancel" }).first().click();
  await expect(producer.getByText("cancelled").first()).toBeVisible();
});

test("what a signed-out board lists is marked as old, until one has signed in", async ({
  context,
}) => {
  const owner = "Jennifer Miles of old";
  const task = { batchid: crypto.randomUUID(), id: 1, owner, priority: "Major" };
  expect((await product.sendTasks(task)).status).toBe(200);
  const board = await loggedIn(context);
  const cell = board.locator("li button [aria-hidden]", { hasText: owner }).getByText(owner);
  const age = board.getByRole("region", { name: "Tasks", exact: true }).getByText(/^as of/);
  await expect(age).toBeHidden();
  const shade = async () => (await textColour(cell))[0];
  const current = await shade();
  const other = await context.newPage();
  await other.goto(product.consumer);
  await other.getByRole("button", { name: "Sign out" }).click();
  await board.bringToFront();
  await expect(age).toHaveText(/^as of \d\d:\d\d:\d\d$/);
  await expect.poll(shade).toBeGreaterThan(current + 40);
  await expect(board.locator("dl > div", { hasText: "Per second" }).locator("dd")).toHaveText("–");
  await board.getByRole("link", { name: "Sign in again" }).click();
  await logIn(board);
  await expect(age).toBeHidden();
  await expect.poll(shade).toBe(current);
});

test("a page runs its own scripts and no others, in both themes", async ({ context }) => {
  const page = await loggedIn(context);
  await page.getByRole("button", { name: /^Theme/ }).click();
  await page.getByRole("button", { name: /^Theme/ }).click();
  for (const origin of [product.consumer, product.producer]) {
    const answer = await page.goto(origin);
    const policy = answer?.headers()["content-security-policy"] ?? "";
    const [scripts = ""] = policy.split(";").filter((part) => part.startsWith("script-src "));
    expect(scripts).toMatch(/^script-src 'self' 'nonce-[A-Za-z0-9+/]+=*' 'strict-dynamic'$/);
    for (const rule of ["object-src 'none'", "base-uri 'none'", "form-action 'self'"]) {
      expect(policy).toContain(rule);
    }
    expect(policy).not.toContain("upgrade-insecure-requests");
    if (origin === product.consumer) await isLive(page);
  }
  // Set on one page by a script that runs before the first paint; each origin has its own.
  await page.goto(product.consumer);
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
  await isLive(page);
  expect(complaints).toEqual([]);
  await page.evaluate(() => {
    const script = document.createElement("div");
    script.innerHTML = '<img src="data:," onerror="document.title = `run`">';
    document.body.append(script);
  });
  await expect.poll(() => complaints.join()).toContain("Content Security Policy");
  expect(await page.title()).toBe("Tasks Consumer");
});

test("what a client claims of itself reaches no page", async () => {
  const answer = await fetch(`${product.consumer}/login`, {
    headers: {
      accept: "text/html",
      "x-nonce": "chosen-by-eve",
      "content-security-policy": "script-src 'nonce-chosen-by-eve'",
      "content-security-policy-report-only": "script-src 'nonce-chosen-by-eve'",
      "x-taskpulse-login-problem": "chosen-by-eve",
      "x-taskpulse-signed-in": "1",
      "x-taskpulse-origin": "https://chosen-by-eve",
    },
  });
  const html = await answer.text();
  expect(html).toContain("Admin token");
  expect(html).not.toContain("chosen-by-eve");
  const nonces = new Set([...html.matchAll(/<script[^>]*\snonce="([^"]+)"/g)].map(([, it]) => it));
  expect(nonces.size).toBe(1);
  expect(answer.headers.get("content-security-policy")).toContain(`'nonce-${[...nonces][0]}'`);
});
