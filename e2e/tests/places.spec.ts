import { expect, type Page, test } from "@playwright/test";
import type { StateTotals } from "@taskpulse/contract";
import { type CaptureServer, captureServer, until } from "@taskpulse/test-kit";
import { expectAccessible } from "../src/accessible.ts";
import { type Product, startProduct } from "../src/product.ts";

/** Tasks that are run, as the consumer's pages show them: states, attempts, dead letters, schedules, who is told. */
let product: Product;
let remote: CaptureServer;

test.beforeAll(async () => {
  remote = await captureServer();
  remote.answer(({ path }) => {
    if (path.startsWith("/ok")) return { body: { status: "success", retval: { sum: 42 } } };
    if (path.startsWith("/busy")) return { status: 503 };
    if (path.startsWith("/gone")) return { status: 410 };
    return { status: 500, body: "The shop is closed, come back tomorrow." };
  });
  product = await startProduct();
});
test.afterAll(async () => {
  await product[Symbol.asyncDispose]();
  await remote[Symbol.asyncDispose]();
});

const isLive = (page: Page) =>
  expect(page.getByText("live", { exact: true }).first()).toBeVisible();

async function go(page: Page, path: string): Promise<void> {
  await page.goto(product.consumer + path);
  await isLive(page);
}

/** @returns their taskids */
async function send(...tasks: object[]): Promise<string[]> {
  const batchid = crypto.randomUUID();
  const named = tasks.map((task, id) => ({
    ...{ batchid, id, owner: `Owner ${id}`, priority: "Major" },
    ...task,
  }));
  const response = await product.sendTasks(named);
  expect(response.status).toBe(200);
  const { retval } = (await response.json()) as { retval: { taskids: string[] } };
  return retval.taskids;
}

const callTo = (path: string) => ({ call: { url: remote.url + path }, max_retries: 0 });

async function settled(wanted: Partial<StateTotals>): Promise<void> {
  await until(async () => {
    const { byState } = await product.summary();
    return Object.entries(wanted).every(([state, n]) => Reflect.get(byState, state) === n);
  });
}

test("a board where nothing is run has room for states and no clutter", async ({ page }) => {
  await send({}, {});
  await go(page, "/");
  const strip = page.getByRole("group", { name: /Tasks by state/ });
  await expect(strip.getByRole("button")).toHaveCount(1);
  await expect(strip.getByRole("button", { name: "received" })).toContainText("2");
  await expect(page.getByLabel("State", { exact: true })).toHaveCount(0);
  const before = await page.locator("canvas").boundingBox();
  await send(callTo("/ok"));
  await settled({ succeeded: 1 });
  await expect(strip.getByRole("button", { name: "succeeded" })).toContainText("1");
  await expect(strip.getByRole("button")).toHaveCount(8);
  expect((await page.locator("canvas").boundingBox())?.y).toBe(before?.y);
});

test("states move by themselves, filter the list, and stand in the address", async ({ page }) => {
  await go(page, "/");
  const row = page.locator("li button", { hasText: "Owner 0 -- Priority = Critical" });
  const [taskid] = await send({
    ...callTo("/busy"),
    priority: "Critical",
    max_retries: 1,
    retry_intervals: [1],
  });
  await expect(row).toContainText("State = retrying");
  await expect(row).toContainText("State = failed");
  await expectAccessible(page, "board, tasks are run");
  const failed = page.getByRole("button", { name: /^failed/ });
  await failed.press("Enter");
  await expect(failed).toHaveAttribute("aria-pressed", "true");
  expect(new URL(page.url()).searchParams.get("state")).toBe("failed");
  await expect(page.locator("li [data-taskid]")).toHaveCount(1);
  await page.reload();
  await expect(page.getByLabel("State", { exact: true })).toHaveValue("failed");
  await expect(page.locator("li [data-taskid]")).toHaveAttribute("data-taskid", taskid ?? "");
  // What fails while one looks, comes in; what is run again, leaves.
  const [second] = await send(callTo("/fail"));
  await expect(page.locator("li [data-taskid]")).toHaveCount(2);
  const retried = await fetch(`${product.consumer}/api/tasks/${second}/retry`, { method: "POST" });
  expect(retried.status).toBe(202);
  await settled({ failed: 2 });
  await failed.press("Enter");
  expect(new URL(page.url()).search).toBe("");
});

test("a task in full: attempts, why, retry, cancel, what it waits for, who was told", async ({
  page,
}) => {
  const hooks = { webhook: { url: `${remote.url}/hook`, max_retries: 0 } };
  const [failed = ""] = await send({ ...callTo("/fail"), ...hooks });
  const [waiting = ""] = await send({ ...callTo("/ok"), delay: 600, after: [failed] });
  const [late = ""] = await send({ ...callTo("/ok"), delay: 600 });
  await go(page, `/?task=${failed}`);
  const panel = page.getByRole("dialog");
  const attempts = panel.getByRole("table", { name: "Attempts" });
  await expect(attempts.getByRole("cell", { name: "failed · HTTP 500" })).toBeVisible();
  await expect(attempts.getByRole("group", { name: "Reply to try 1" })).toContainText("closed");
  await expect(panel.getByRole("region", { name: "Why it failed" })).toContainText("HttpError 500");
  const hook = panel.getByRole("region", { name: "Result webhooks" });
  await expect(hook.getByText("failed", { exact: true })).toBeVisible();
  await hook.getByRole("button", { name: /failed http/ }).press("Enter");
  await expect(hook.getByRole("group", { name: "Reply to try 1" })).toContainText("closed");
  await expectAccessible(page, "task, failed");

  await panel.getByRole("button", { name: "Retry", exact: true }).press("Enter");
  await expect(panel.getByText("It is run again", { exact: false }).first()).toBeVisible();
  await expect(panel.getByText("retried by hand once")).toBeVisible();
  await expect(attempts.getByRole("row")).toHaveCount(5);

  await page.goto(`${product.consumer}/?task=${waiting}`);
  await expect(panel.getByRole("region", { name: "Why it failed" })).toContainText(
    "PredecessorFailed",
  );
  await panel
    .getByRole("region", { name: /Runs after 1 task/ })
    .getByRole("button")
    .click();
  await expect(page).toHaveURL(new RegExp(`task=${failed}`));
  await page.goBack();
  await expect(page).toHaveURL(new RegExp(`task=${waiting}`));

  await page.goto(`${product.consumer}/?task=${late}`);
  await expect(panel.getByText(/^runs in 9 min/)).toBeVisible();
  await expectAccessible(page, "task, waiting");
  await panel.getByRole("button", { name: "Cancel", exact: true }).press("Enter");
  await expect(panel.getByText("It is cancelled.")).toBeVisible();
  await expect(panel.getByText("cancelled", { exact: true }).first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
});

test("dead letters: filtered, opened, one and all run again with progress", async ({ page }) => {
  await send(
    { ...callTo("/fail"), owner: "Jennifer of the dead" },
    { ...callTo("/fail"), priority: "Low" },
  );
  await send({ ...callTo("/fail"), call: { url: "http://127.0.0.1:1/", timeout: 1 } });
  await until(async () => {
    const { tasks } = await deadLetters("?type=ConnectionFailed");
    return tasks.length === 1;
  });
  await go(page, "/");
  await page.evaluate(() => Reflect.set(window, "sameDocument", true));
  await page.getByRole("link", { name: "Dead letters" }).press("Enter");
  await expect(page.getByRole("heading", { name: "Dead letters" })).toBeVisible();
  await expect(page).toHaveTitle("Dead letters: Tasks Consumer");
  await isLive(page);
  expect(await page.evaluate(() => Reflect.get(window, "sameDocument"))).toBe(true);
  const items = page.getByRole("list", { name: /Dead letters, latest/ }).getByRole("listitem");
  await expect(items.filter({ hasText: "Jennifer of the dead" })).toBeVisible();
  await expectAccessible(page, "dead letters");

  await page.getByLabel("Error", { exact: true }).selectOption("ConnectionFailed");
  await expect(items).toHaveCount(1);
  expect(new URL(page.url()).searchParams.get("type")).toBe("ConnectionFailed");
  await page.reload();
  await expect(items).toHaveCount(1);
  await page.getByPlaceholder(/Owner/).fill("nobody");
  await expect(page.getByText("No dead letter matches.")).toBeVisible();
  await expectAccessible(page, "dead letters, none match");
  await page.getByRole("button", { name: "Show all" }).click();
  const jennifer = items.filter({ hasText: "Jennifer of the dead" });
  await jennifer.getByRole("button", { name: /Retry/ }).click();
  await expect(jennifer.getByText("It is run again.")).toBeVisible();

  await until(async () => (await deadLetters("?q=Jennifer+of+the+dead")).tasks.length === 1);
  const before = (await deadLetters("")).total;
  await page.getByLabel("Priority", { exact: true }).selectOption("Low");
  await expect(items).toHaveCount(1);
  await page.getByRole("button", { name: "Retry all that match" }).click();
  const question = page.getByRole("alertdialog");
  await expect(question).toContainText("of priority Low");
  await expectAccessible(page, "dead letters, asked before all are run again");
  await question.getByRole("button", { name: "Retry them" }).press("Enter");
  const job = page.getByRole("region", { name: "Retrying tasks" });
  await expect(job).toContainText("done");
  await expect(job).toContainText("1 matched, 1 run again");
  await expectAccessible(page, "dead letters, a job is done");
  await until(async () => (await deadLetters("")).total === before);
});

async function deadLetters(query: string) {
  const response = await fetch(`${product.consumer}/api/dead-letters${query}`);
  return (await response.json()) as { tasks: unknown[]; total: number };
}

test("run: a handler by its form, wrong input named, its result shown", async ({ page }) => {
  await go(page, "/run");
  await expect(page.getByLabel("Handler", { exact: true })).toHaveValue("multiply");
  await expectAccessible(page, "run");
  await page.getByLabel("x", { exact: true }).fill("6");
  await page.getByRole("button", { name: "Run it" }).press("Enter");
  await expect(page.getByLabel("y", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("y", { exact: true })).toBeFocused();
  await page.getByLabel("y", { exact: true }).fill("seven");
  await page.keyboard.press("Enter");
  await expect(page.getByText("must be a number, or a text that is one")).toBeVisible();
  await page.getByLabel("y", { exact: true }).fill("7");
  await page.keyboard.press("Enter");
  const started = page.getByRole("region", { name: "Started here" }).getByRole("listitem");
  await expect(started).toContainText("succeeded");
  await expect(started).toContainText("42");
  await page.getByText("An HTTP call").click();
  await page.getByLabel("Address").fill("ftp://example.com");
  await page.keyboard.press("Enter");
  await expect(page.getByText("must be an http:// or https:// address")).toBeVisible();
  await expectAccessible(page, "run, refused");
  await page.getByLabel("Address").fill(`${remote.url}/ok`);
  await page.keyboard.press("Enter");
  await expect(started).toHaveCount(2);
  await expect(started.first()).toContainText('{"sum":42}');
});

test("schedules: made with a preview, paused, run by hand, deleted", async ({ page }) => {
  await go(page, "/schedules");
  await expect(page.getByText("There is no schedule yet.")).toBeVisible();
  await expectAccessible(page, "schedules, none");
  await page.getByRole("button", { name: "New schedule" }).press("Enter");
  const panel = page.getByRole("dialog");
  await expect(panel.getByLabel("Name")).toBeFocused();
  await page.keyboard.type("Every second");
  await panel.getByLabel("Cron expression").fill("61 * * * *");
  await expect(panel.getByText(/must be a cron expression such as/)).toBeVisible();
  await panel.getByLabel("Cron expression").fill("0 0 1 1 *");
  await expect(panel.getByRole("region", { name: /Next runs/ }).getByRole("listitem")).toHaveCount(
    5,
  );
  await panel.getByText("Every so often").click();
  await panel.getByLabel("Every", { exact: true }).fill("1");
  await panel.getByLabel("Unit").selectOption("seconds");
  await panel.getByLabel("x", { exact: true }).fill("1");
  await panel.getByLabel("y", { exact: true }).fill("2");
  await expectAccessible(page, "schedules, a new one");
  await panel.getByRole("button", { name: "Create the schedule" }).press("Enter");
  await expect(panel).toBeHidden();
  const item = page
    .getByRole("list", { name: /Schedules/ })
    .getByRole("listitem")
    .first();
  await expect(item).toContainText("every second");
  await expect(item).toContainText(/[1-9]\d* runs?, last/);
  await item.getByRole("button", { name: "Pause" }).press("Enter");
  await expect(item).toContainText("paused");
  await item.getByRole("button", { name: "Run now" }).press("Enter");
  await expect(item).toContainText("A run has begun.");
  await item.getByRole("button", { name: /Every second/ }).press("Enter");
  await expect(item.getByText("by hand").first()).toBeVisible();
  await expectAccessible(page, "schedules, one in full");
  await item.getByRole("button", { name: "Delete" }).press("Enter");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete it" }).press("Enter");
  await expect(page.getByText("There is no schedule yet.")).toBeVisible();
});

test("subscriptions: the secret once, a test, 410 disables and says so, dead webhooks replayed", async ({
  page,
}) => {
  await go(page, "/subscriptions");
  await expect(page.getByText("There is no subscription yet.")).toBeVisible();
  await page.getByRole("button", { name: "New subscription" }).press("Enter");
  const panel = page.getByRole("dialog");
  await expect(panel.getByLabel("Address")).toBeFocused();
  await page.keyboard.type("nowhere");
  await page.keyboard.press("Enter");
  await expect(panel.getByLabel("Address")).toHaveAttribute("aria-invalid", "true");
  await panel.getByLabel("Address").fill(`${remote.url}/gone`);
  await panel.getByLabel("failed").check();
  await expectAccessible(page, "subscriptions, a new one");
  await panel.getByRole("button", { name: "Create the subscription" }).press("Enter");
  await expect(panel.getByText(/^whsec_/)).toBeVisible();
  await expectAccessible(page, "subscriptions, the secret");
  await panel.getByRole("button", { name: "I have kept it" }).press("Enter");
  const item = page.getByRole("list", { name: "Subscriptions" }).getByRole("listitem").first();
  await expect(item).toContainText("results: failed");
  await expect(page.getByText(/whsec_/)).toHaveCount(0);
  await item.getByRole("button", { name: "Send a test" }).press("Enter");
  await expect(item).toContainText(/answered 410/);
  await expect(item).toContainText("Nothing is sent until it is enabled again.");
  await expect(item.getByRole("button", { name: "Enable", exact: true })).toBeVisible();
  await expectAccessible(page, "subscriptions, one is disabled");
  await item.getByRole("button", { name: "Enable", exact: true }).press("Enter");
  await expect(item).toContainText("active");

  await page.getByRole("link", { name: "Dead letters" }).press("Enter");
  await page.getByRole("link", { name: "Webhooks" }).press("Enter");
  await expect(page).toHaveURL(/\/dead-letters\/webhooks$/);
  const dead = page.getByRole("list", { name: /Dead webhooks/ }).locator(":scope > li");
  await expect(dead.first()).toBeVisible();
  const count = await dead.count();
  await expectAccessible(page, "dead webhooks");
  await page.getByRole("button", { name: "Replay all" }).press("Enter");
  await page.getByRole("alertdialog").getByRole("button", { name: "Replay them" }).press("Enter");
  const job = page.getByRole("region", { name: "Replaying webhooks" });
  await expect(job).toContainText("done");
  await expect(job).toContainText(`${count} sent again`);
});

test("every place says when the store is away, and goes on", async ({ page }) => {
  const places = [
    "/dead-letters",
    "/dead-letters/webhooks",
    "/schedules",
    "/subscriptions",
    "/run",
  ];
  await product.kill("redis", "SIGSTOP");
  try {
    for (const place of places) {
      await page.goto(product.consumer + place);
      await expect(page.locator("p", { hasText: "The store is away" }).first()).toBeVisible();
      await expectAccessible(page, `${place}, store away`);
    }
  } finally {
    await product.kill("redis", "SIGCONT");
  }
  await isLive(page);
  await expect(page.getByLabel("Handler", { exact: true })).toBeVisible();
});
