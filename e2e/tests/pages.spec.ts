import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";
import { PRIORITIES } from "@taskpulse/contract";
import { until } from "@taskpulse/test-kit";
import { expectAccessible } from "../src/accessible.ts";
import { expectUnderBadge } from "../src/board-page.ts";
import { type Product, startProduct } from "../src/product.ts";

/** Every state that the pages have. */
let product: Product;

test.beforeAll(async () => {
  product = await startProduct({ WAIT_TIME: "0.05" });
});
test.afterAll(() => product[Symbol.asyncDispose]());

async function send(count: number): Promise<void> {
  const tasks = Array.from({ length: count }, (_, id) => ({
    batchid: crypto.randomUUID(),
    id,
    owner: `Owner ${id}`,
    priority: PRIORITIES[id % 4],
  }));
  const response = await product.sendTasks(tasks);
  expect(response.status).toBe(200);
}

test("first visits say what this is and what to do", async ({ page }) => {
  await page.goto(product.consumer);
  const code = page.getByRole("region", { name: /commands that send/ });
  await expect(code).toContainText(`${product.consumer}/consumetasks`);
  await expectAccessible(page, "board, first visit");
  await page.goto(product.producer);
  await expect(page.getByText(`${product.producer}/producetasks`).first()).toBeVisible();
  await expectAccessible(page, "producer, first visit");
});

test("the reference of the API: a page that links into itself, without a script", async ({
  page,
}) => {
  for (const [origin, path] of [
    [product.consumer, "/api/tasks/{taskid}/retry"],
    [product.producer, "/api/batches/{batchid}/pause"],
  ] as const) {
    await page.goto(`${origin}/docs`);
    const operation = page.locator("details", { has: page.getByText(path, { exact: true }) });
    await expect(operation).not.toHaveAttribute("open");
    await operation.locator("summary").click();
    await expect(operation.getByText(`curl -X POST '${origin}${path}'`)).toBeVisible();
    await expectAccessible(page, `reference at ${origin}`);
  }
  await page.goto(`${product.consumer}/docs`);
  await page.getByRole("link", { name: "Run a failed or cancelled task again" }).click();
  await expect(page.getByText("In a new round, with exactly the request")).toBeInViewport();
});

test("the commands that the board shows at first send a task", async ({ page }) => {
  await page.goto(product.consumer);
  const code = await page
    .getByRole("region", { name: /commands that send/ })
    .locator("code")
    .textContent();
  expect(code).not.toMatch(/whsec_\w/);
  const { stdout } = await promisify(execFile)("bash", [
    ...["-euo", "pipefail", "-c"],
    (code ?? "").replace(".data/", `${product.dataDir}/`),
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ status: "success", retval: { accepted: 1 } });
});

test("the board: table, filter, details, pause, all by keyboard", async ({ page }) => {
  await send(200);
  await page.goto(product.consumer);
  await expect(page.getByText("live", { exact: true }).first()).toBeVisible();
  await expectAccessible(page, "board, busy");

  await page
    .getByRole("button", { name: "table" })
    .or(page.getByRole("radio", { name: "table" }))
    .first()
    .press("Enter");
  const rows = page.getByRole("row");
  await expect(rows.filter({ hasText: "Critical" }).first()).toBeVisible();
  const cells = await page.locator("table tbody tr td:nth-child(2)").allTextContents();
  const { byPriority } = await product.summary();
  expect(cells).toEqual(PRIORITIES.map((priority) => String(byPriority[priority])));
  await expectAccessible(page, "board, table");

  await page
    .getByRole("searchbox")
    .or(page.getByPlaceholder(/owner/i))
    .first()
    .fill("nobody of this name");
  await expect(page.getByText(/no task|nothing/i).first()).toBeVisible();
  expect(new URL(page.url()).searchParams.get("q")).toBe("nobody of this name");
  await expectAccessible(page, "board, empty after a filter");
  await page.reload();
  await expect(page.getByText(/no task|nothing/i).first()).toBeVisible();

  await page.goto(`${product.consumer}/?q=Owner+17`);
  const row = page.getByText(
    /Batch ID\. = .* -- Task ID\. = 17 -- Owner = Owner 17 -- Priority = Moderate/,
  );
  await expect(row).toBeAttached();
  await page.getByText("Owner 17", { exact: true }).first().click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expect(page.getByRole("dialog").getByText("Owner 17").first()).toBeVisible();
  await expectAccessible(page, "board, details");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();

  await page.goto(product.consumer);
  await expect(page.getByText("live", { exact: true }).first()).toBeVisible();
  await page.getByRole("button", { name: /pause/ }).press("Enter");
  await send(7);
  await expect(page.getByText(/7 new/).first()).toBeVisible();
  await expectAccessible(page, "board, paused");
});

test("the CSV link saves what is listed", async ({ page }) => {
  const batchid = crypto.randomUUID();
  const owner = "Jennifer Miles";
  await product.sendTasks(
    Array.from({ length: 3 }, (_, id) => ({ batchid, id, owner, priority: "Low" })),
  );
  await page.goto(`${product.consumer}/?batchid=${batchid}`);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe("tasks.csv");
  const rows = (await readFile(await file.path(), "utf8")).trim().split("\r\n");
  expect(rows).toHaveLength(1 + 3);
  expect(rows.slice(1).every((row) => row.includes(batchid))).toBe(true);
});

const HIDDEN = /[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\u061c\u00ad]/;

test("nothing hidden in a task changes what is read", async ({ page }) => {
  const batchid = `pay-\u202e${crypto.randomUUID()}`;
  const task = {
    batchid,
    id: "7\u2066",
    owner: "Ad\u200bmin \u202eenaJ\u202c",
    priority: "Critical",
    note: "\u061c\u200e\u200f\u00ad stays: 👩‍💻 علی‌رضا",
    שם: "ערך",
  };
  expect((await product.sendTasks(task)).status).toBe(200);
  await page.goto(`${product.consumer}/?batchid=${encodeURIComponent(batchid)}`);
  const row = page.locator("li button");
  await expect(row.locator("[aria-hidden]").first()).toContainText(
    "Ad\\u200bmin \\u202eenaJ\\u202c",
  );
  await row.click();
  const panel = page.getByRole("dialog");
  const json = panel.getByRole("region", { name: "All fields, as JSON" }).locator("pre");
  await expect(json).toContainText('"id": "7\\u2066"');
  await expect(json).toContainText('"note": "\\u061c\\u200e\\u200f\\u00ad stays: 👩‍💻 علی‌رضا"');
  expect(JSON.parse((await json.textContent()) ?? "")).toEqual(task);
  await expect(page.getByRole("main")).not.toContainText(HIDDEN);
  await expect(panel).not.toContainText(HIDDEN);
  // The name before its value, though both are written from right to left.
  const [name, value] = await Promise.all([
    json.locator("bdi", { hasText: "שם" }).boundingBox(),
    json.locator("bdi", { hasText: "ערך" }).boundingBox(),
  ]);
  expect(value?.x).toBeGreaterThan((name?.x ?? Number.NaN) + (name?.width ?? 0));
  await expectAccessible(page, "board, a task with hidden characters");
});

test("the producer: form, batch, pause, cancel, wrong input", async ({ page }) => {
  await page.goto(product.producer);
  await page.getByLabel("How many").fill("0");
  await page.getByRole("button", { name: "Produce Tasks" }).click();
  await expect(page.getByLabel("How many")).toHaveAttribute("aria-invalid", "true");
  await expectAccessible(page, "producer, wrong input");
  await page.getByLabel("How many").fill("400");
  await page.getByRole("button", { name: "Produce Tasks" }).click();
  await expect(page.locator("li", { hasText: / out of 400 -- 200 -- / }).first()).toBeVisible();
  await page.getByRole("button", { name: /more/ }).press("Enter");
  await expectAccessible(page, "producer, running");
  await page.getByRole("button", { name: "pause" }).press("Enter");
  await expect(page.getByText("paused").first()).toBeVisible();
  await expectAccessible(page, "producer, paused");
  await page.getByRole("button", { name: "resume" }).press("Enter");
  await expect(page.getByText("running").first()).toBeVisible();
  await page.getByRole("button", { name: "cancel" }).first().press("Enter");
  await expect(page.getByText("cancelled").first()).toBeVisible();
  await expectAccessible(page, "producer, cancelled");
});

test("the store away, and the consumer gone: told on both pages, and healed", async ({
  page,
  context,
}) => {
  const board = await context.newPage();
  await board.goto(product.consumer);
  await expect(board.getByText("live", { exact: true }).first()).toBeVisible();
  await product.kill("redis", "SIGSTOP");
  try {
    await expect(board.getByText(/store/i).first()).toBeVisible();
    await expectAccessible(board, "board, store away");
    await expectUnderBadge(board, board.locator("p", { hasText: "The store is away" }));
    await board.getByRole("link", { name: "CSV" }).click();
    await expect(board.getByRole("alert").filter({ hasText: "No file was made." })).toBeVisible({
      timeout: 35_000,
    });
    await board.goto(product.consumer);
    await expect(board.getByText(/store/i).first()).toBeVisible();
    await expectAccessible(board, "board, opened while the store is away");
    await page.goto(product.producer);
    await expectAccessible(page, "producer, opened while the store is away");
  } finally {
    await product.kill("redis", "SIGCONT");
  }
  await expect(board.getByText("live", { exact: true }).first()).toBeVisible();
  await product.kill("consumer", "SIGSTOP");
  try {
    await expect(board.getByText(/stale since \d\d:\d\d:\d\d|reconnecting/).first()).toBeVisible();
    await expectAccessible(board, "board, stale");
  } finally {
    await product.kill("consumer", "SIGCONT");
  }
  await expect(board.getByText("live", { exact: true }).first()).toBeVisible();
  await context.setOffline(true);
  await product.kill("consumer", "SIGKILL");
  await expect(board.getByText(/reconnecting/).first()).toBeVisible();
  await expectAccessible(board, "board, reconnecting");
  await until(() => send(3).then(() => true));
  await context.setOffline(false);
  await expect(board.getByText("live", { exact: true }).first()).toBeVisible({ timeout: 30_000 });
});
