import { expect, test } from "@playwright/test";
import { PRIORITIES } from "@taskpulse/contract";
import { boardTotal, boardTotals } from "../src/board-page.ts";
import { type Product, startProduct } from "../src/product.ts";

let product: Product;

test.beforeAll(async () => {
  product = await startProduct({ MIN_NBR_TASKS: "60", MAX_NBR_TASKS: "60", WAIT_TIME: "0.05" });
});
test.afterAll(() => product[Symbol.asyncDispose]());

test("click, and every open browser sees it live; a reload shows the same", async ({
  page,
  browser,
}) => {
  const boards = [await browser.newPage(), await browser.newPage()];
  for (const board of boards) {
    await board.goto(product.consumer);
    await expect(board).toHaveTitle("Tasks Consumer");
    await expect(board.getByText("live", { exact: true }).first()).toBeVisible();
    expect(await boardTotal(board)).toBe(0);
  }
  await page.goto(product.producer);
  await expect(page).toHaveTitle("Tasks Producer");
  const button = page.getByRole("button", { name: "Produce Tasks" });
  const [buttonBox, mainBox] = [
    await button.boundingBox(),
    await page.locator("main").boundingBox(),
  ];
  expect(buttonBox?.width).toBeGreaterThan(0.9 * (mainBox?.width ?? Number.POSITIVE_INFINITY));
  await button.click();

  const line = page.locator("li", { hasText: /^\s*1 out of 60 -- 200 -- \{"batchid":"/ });
  await expect(line).toBeVisible();
  // Both move while the batch is still on its way.
  await expect
    .poll(async () => (await Promise.all(boards.map(boardTotal))).every((total) => total > 0), {
      intervals: [20],
    })
    .toBe(true);
  expect((await product.summary()).total).toBeLessThan(60);
  const last = page.locator("li", { hasText: /^\s*60 out of 60 -- 200 -- \{/ });
  await expect(last).toBeVisible();
  const text = (await last.textContent()) ?? "";
  const task = JSON.parse(/\{.*\}/.exec(text)?.[0] ?? "null");
  expect(task).toEqual({
    batchid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    id: 59,
    owner: expect.stringMatching(/\S+ \S+/),
    priority: expect.stringMatching(/^(Low|Moderate|Major|Critical)$/),
  });
  const summary = await product.summary();
  expect(summary.total).toBe(60);
  for (const board of boards) {
    await expect.poll(() => boardTotals(board)).toEqual(summary.byPriority);
    const row = `Batch ID. = ${task.batchid} -- Task ID. = 59 -- Owner = ${task.owner} -- Priority = ${task.priority}`;
    await expect(board.getByText(row)).toBeAttached();
    await board.reload();
    await expect.poll(() => boardTotals(board)).toEqual(summary.byPriority);
    await expect(board.getByText(row)).toBeAttached();
  }
  await page.reload();
  await expect(last).toBeVisible();
  expect(await (await fetch(product.producer)).text()).toContain("60 out of 60 -- ");
});

test("the board's first paint has the totals, also without JavaScript", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(product.consumer);
  expect(await boardTotals(page)).toEqual((await product.summary()).byPriority);
  await context.close();
});

test("the chart is the tutorial's: title, dataset, labels, colours, axes, tooltip", async ({
  page,
}) => {
  const tasks = PRIORITIES.flatMap((priority, i) =>
    Array.from({ length: 10 + i }, (_, id) => ({
      batchid: `bar-${i}`,
      id,
      owner: "Ann",
      priority,
    })),
  );
  const sent = await product.sendTasks(tasks);
  expect(sent.status).toBe(200);
  await page.goto(product.consumer);
  await expect(page.getByText("Tasks Priority Matrix").first()).toBeVisible();
  const canvas = page.locator("canvas").first();
  await expect(canvas).toBeVisible();
  const { byPriority } = await product.summary();
  await expect(canvas).toHaveAttribute(
    "aria-label",
    new RegExp(`Critical\\D+${byPriority.Critical}\\b`),
  );
  const box = await canvas.boundingBox();
  if (box === null) throw new Error("the chart has no place");
  // The fourth of four bars, a little above the axis.
  const bar = await paintedBar(page, 3);
  expect(bar.red).toBeGreaterThan(bar.green + 60);
  expect(bar.red).toBeGreaterThan(bar.blue + 60);
  const low = await paintedBar(page, 0);
  expect(low.green).toBeGreaterThan(low.red + 30);
  const moderate = await paintedBar(page, 1);
  expect(moderate.blue).toBeGreaterThan(moderate.red + 60);
  const major = await paintedBar(page, 2);
  expect(Math.min(major.red, major.green)).toBeGreaterThan(major.blue + 60);
  const plain = await canvas.screenshot();
  await canvas.hover({ position: { x: box.width * 0.9, y: box.height * 0.7 } });
  await expect.poll(async () => plain.equals(await canvas.screenshot())).toBe(false);
});

/** The colour in the middle of a bar: the canvas is asked, as a pixel on the screen would be. */
async function paintedBar(page: import("@playwright/test").Page, index: number) {
  await expect
    .poll(() =>
      page
        .locator("canvas")
        .first()
        .evaluate((canvas) => {
          const { width, height } = canvas as HTMLCanvasElement;
          return width * height;
        }),
    )
    .toBeGreaterThan(0);
  return page
    .locator("canvas")
    .first()
    .evaluate((element, bar) => {
      const canvas = element as HTMLCanvasElement;
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("a canvas without a context");
      const { width, height } = canvas;
      const start = width * 0.12;
      const x = Math.round(start + ((width - start) * (bar + 0.5)) / 4);
      // From below: axis labels first, then the bar.
      for (let y = height - 1; y > 0; y -= 2) {
        const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(x, y, 1, 1).data;
        const strong = Math.max(red, green, blue) - Math.min(red, green, blue) > 60;
        if (alpha > 200 && strong) {
          const [r = 0, g = 0, b = 0] = context.getImageData(x, Math.max(0, y - 8), 1, 1).data;
          return { red: r, green: g, blue: b };
        }
      }
      throw new Error(`bar ${bar} is not painted`);
    }, index);
}

test("curl starts a batch too, and gets its event stream to the end", async () => {
  const response = await fetch(`${product.producer}/producetasks`, { method: "POST" });
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
  const text = await response.text();
  expect(text.match(/^event: task$/gm)?.length).toBe(60);
  expect(text.trimEnd()).toMatch(/event: done\n.*$/s);
});
