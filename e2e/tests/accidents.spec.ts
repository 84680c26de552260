import { expect, type Page, test } from "@playwright/test";
import type { BatchView, TaskOutcome } from "@taskpulse/contract";
import { isAlive, until } from "@taskpulse/test-kit";
import { boardTotal, textColour } from "../src/board-page.ts";
import { type Part, type Product, startProduct } from "../src/product.ts";

let product: Product;

test.beforeAll(async () => {
  product = await startProduct();
});
test.afterAll(() => product[Symbol.asyncDispose]());

async function startFromPage(page: Page, count: number): Promise<BatchView> {
  await page.goto(product.producer);
  await page.getByLabel("How many").fill(String(count));
  await page.getByLabel("Wait").fill("0.02");
  const created = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Produce Tasks" }).click();
  const response = await created;
  expect(response.status()).toBe(201);
  return (await response.json()) as BatchView;
}

async function finalOutcomes(batchid: string): Promise<TaskOutcome[]> {
  const response = await fetch(`${product.producer}/api/batches/${batchid}/events`);
  const outcomes: TaskOutcome[] = [];
  for (const event of (await response.text()).split("\n\n")) {
    if (!/^event: task$/m.test(event)) continue;
    outcomes.push(JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "null") as TaskOutcome);
  }
  return outcomes;
}

/** Every task of the batch: told once, stored once, shown on the board. */
async function expectExact(batch: BatchView, before: number, board: Page): Promise<void> {
  const done = await until(
    async () => {
      const view = await product.batch(batch.batchid);
      return view.state === "done" ? view : null;
    },
    { timeoutMs: 60_000, what: "the batch to end" },
  );
  expect(done).toMatchObject({
    total: batch.total,
    delivered: batch.total,
    failed: 0,
    retrying: 0,
  });
  const outcomes = await finalOutcomes(batch.batchid);
  expect(outcomes.map(({ index }) => index).sort((a, b) => a - b)).toEqual(
    Array.from({ length: batch.total }, (_, i) => i + 1),
  );
  expect(outcomes.every(({ status }) => status === 200)).toBe(true);
  expect((await product.summary()).total).toBe(before + batch.total);
  await expect.poll(() => boardTotal(board)).toBe(before + batch.total);
}

async function halfWay(batch: BatchView): Promise<void> {
  await until(async () => (await product.batch(batch.batchid)).delivered > batch.total / 4);
}

test("the consumer dies mid-batch: lines turn red, then blue, and the totals are exact", async ({
  page,
  browser,
}) => {
  const board = await browser.newPage();
  await board.goto(product.consumer);
  const before = (await product.summary()).total;
  const batch = await startFromPage(page, 100);
  await halfWay(batch);
  await product.kill("consumer", "SIGKILL");
  const red = page.locator("li", {
    hasText: /^\s*\d+ out of 100 -- None -- \{.*retrying.*connection refused/,
  });
  await expect(red.first()).toBeVisible();
  const [redPart] = await textColour(red.first().locator("span span").first());
  expect(redPart).toBeGreaterThan(120);
  // One line is followed by its index: the list moves, and lines change in place.
  const index = Number(/^\s*(\d+)/.exec((await red.first().textContent()) ?? "")?.[1]);
  await expectExact(batch, before, board);
  await expect(red).toHaveCount(0);
  const delivered = page.locator("li", {
    hasText: new RegExp(`^\\s*${index} out of 100 -- 200 -- `),
  });
  await expect
    .poll(async () => {
      await page.getByLabel("Status lines", { exact: true }).evaluate((box, at) => {
        box.scrollTop = at * box.scrollHeight - box.clientHeight / 2;
      }, index / 100);
      return delivered.count();
    })
    .toBe(1);
  const [r, , b] = await textColour(delivered.locator("span span").first());
  expect(b - r).toBeGreaterThan(60);
  await expect(board.getByText("live", { exact: true }).first()).toBeVisible();
});

test("the producer dies mid-batch: it goes on by itself, every task exactly once", async ({
  page,
  browser,
}) => {
  const board = await browser.newPage();
  await board.goto(product.consumer);
  const before = (await product.summary()).total;
  const batch = await startFromPage(page, 120);
  await halfWay(batch);
  await product.kill("producer", "SIGKILL");
  await until(async () => (await fetch(product.producer).catch(() => null))?.status === 200);
  await expectExact(batch, before, board);
  await expect(page.locator("li", { hasText: /120 out of 120 -- 200/ })).toBeVisible();
});

test("Redis dies mid-batch: every task exactly once, and the board goes on", async ({
  page,
  browser,
}) => {
  const board = await browser.newPage();
  await board.goto(product.consumer);
  const { total: before, epoch } = await product.summary();
  const batch = await startFromPage(page, 120);
  await halfWay(batch);
  await product.kill("redis", "SIGKILL");
  await expectExact(batch, before, board);
  expect((await product.summary()).epoch).toBe(epoch);
});

test("each part is frozen for a while mid-batch: nothing is lost or doubled", async ({
  page,
  browser,
}) => {
  const board = await browser.newPage();
  await board.goto(product.consumer);
  const before = (await product.summary()).total;
  const batch = await startFromPage(page, 200);
  for (const part of ["redis", "consumer", "producer"] satisfies Part[]) {
    await product.kill(part, "SIGSTOP");
    // What is measured is what a pause of this length does.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await product.kill(part, "SIGCONT");
  }
  await expectExact(batch, before, board);
});

test("stopped under load and started again: exit code 0, the same data, the batch goes on", async ({
  browser,
}) => {
  const { total: before, epoch } = await product.summary();
  const batch = await product.startBatch({ count: 3_000, waitSeconds: 0.01, concurrency: 8 });
  await until(async () => (await product.batch(batch.batchid)).delivered > 300);
  const began = Date.now();
  expect(await product.stop("SIGINT")).toBe(0);
  expect(Date.now() - began).toBeLessThan(30_000);
  await product.start();
  expect((await product.summary()).epoch).toBe(epoch);
  const board = await browser.newPage();
  await board.goto(product.consumer);
  await expectExact(batch, before, board);
});

test("the launcher is killed with SIGKILL: nothing stays behind, nothing is lost", async ({
  browser,
}) => {
  const { total, epoch } = await product.summary();
  const batch = await product.startBatch({ count: 400, waitSeconds: 0.01, concurrency: 4 });
  await until(async () => (await product.batch(batch.batchid)).delivered > 50);
  const parts: Part[] = ["redis", "consumer", "producer", "worker"];
  const pids = await Promise.all(parts.map((part) => product.pid(part)));
  await product.kill("launcher", "SIGKILL");
  await until(() => pids.every((pid) => !isAlive(pid)), {
    timeoutMs: 15_000,
    what: "all parts to end",
  });
  await product.stop();
  await product.start();
  expect((await product.summary()).epoch).toBe(epoch);
  const board = await browser.newPage();
  await board.goto(product.consumer);
  await expectExact(batch, total, board);
});
