import { expect } from "@playwright/test";
import { ADMIN_TOKEN, newTask, sendRaw, sign, test } from "./target.ts";

const MARKUP = [
  "<img src=x onerror=\"window.stolen='img'\">",
  "<script>window.stolen='script'</script>",
  "</script><script>window.stolen='closed'</script>",
  "<!--<script>",
  "\"'><svg onload=\"window.stolen='svg'\">",
  "javascript:window.stolen='url'",
  "{{constructor.constructor('window.stolen=1')()}}",
  "\u2028window.stolen='line'\u2029",
];

async function send(consumer: string, tasks: object[]): Promise<void> {
  const body = JSON.stringify(tasks);
  const response = await fetch(`${consumer}/consumetasks`, {
    ...{ method: "POST", headers: sign(body), body },
  });
  expect(response.status).toBe(200);
}

test("what a task says is shown as text on the page, live and after a reload", async ({
  target,
  page,
}) => {
  const { consumer } = target.product;
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.setExtraHTTPHeaders({ authorization: `Bearer ${ADMIN_TOKEN}` });
  await page.goto(consumer);
  await expect(page.getByText("live").first()).toBeVisible();
  const tasks = MARKUP.map((text, i) => ({
    ...newTask(),
    batchid: `${text}-${i}`,
    owner: text,
    description: text,
    [text]: text,
  }));
  await send(consumer, tasks);
  const row = page.getByText("<img src=x", { exact: false }).first();
  await expect(row).toBeVisible();
  await row.click();
  await expect(page.getByRole("dialog")).toContainText("onerror");
  await page.reload();
  await expect(page.getByText("<img src=x", { exact: false }).first()).toBeVisible();
  expect(await page.evaluate(() => "stolen" in window)).toBe(false);
  expect(problems.filter((text) => !text.includes("favicon"))).toEqual([]);
});

test("scripts that are not the page's own do not run: the policy names no inline script", async ({
  target,
  page,
}) => {
  await page.setExtraHTTPHeaders({ authorization: `Bearer ${ADMIN_TOKEN}` });
  for (const origin of [target.product.consumer, target.product.producer]) {
    const response = await page.goto(origin);
    const policy = response?.headers()["content-security-policy"] ?? "";
    const scripts = /script-src ([^;]+)/.exec(policy)?.[1] ?? "";
    expect(scripts).toMatch(/'nonce-[^']{16,}'/);
    expect(scripts).not.toMatch(/unsafe-inline|unsafe-eval|\*/);
    for (const part of ["object-src 'none'", "frame-ancestors 'none'", "form-action 'self'"]) {
      expect(policy).toContain(part);
    }
    const again = (await page.goto(origin))?.headers()["content-security-policy"];
    expect(again, "a nonce is used once").not.toBe(policy);
    const ran = await page.evaluate(async () => {
      const failed = new Promise((resolve) => {
        document.addEventListener("error", resolve, { capture: true, once: true });
      });
      document.body.insertAdjacentHTML(
        "beforeend",
        '<a href="javascript:window.injected = 1">x</a><img src="/nowhere" onerror="injected = 2">',
      );
      document.body.querySelector<HTMLElement>("a[href^=javascript]")?.click();
      await failed;
      return "injected" in window;
    });
    expect(ran).toBe(false);
  }
});

test("nothing that is sent makes a line of the log", async ({ target }) => {
  const { consumer, producer } = target.product;
  const line = '{"level":60,"msg":"forged"}';
  const evil = `x\r\n${line}\n\u001b[31mred\u001b[0m`;
  await send(consumer, [newTask({ owner: evil, batchid: `log-${evil}` })]);
  for (const origin of [consumer, producer]) {
    await sendRaw(
      origin,
      `GET /${line}\u001b[31m HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: \u001b[31m\r\n\r\n`,
    );
    await fetch(`${origin}/api/tasks/${encodeURIComponent(evil)}`);
  }
  const printed = target.product.output();
  expect(printed.split("\n")).not.toContain(line);
  expect(printed).not.toContain("\u001b[31m");
  expect(printed).not.toContain(ADMIN_TOKEN);
  expect(printed).not.toContain("whsec_");
});

test("no cell of the CSV is a formula", async ({ target }) => {
  const formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil")'];
  const tasks = formulas.map((text) => newTask({ batchid: `csv ${text}`, owner: text }));
  await send(target.product.consumer, [
    ...tasks,
    newTask({ owner: 'a,"b"\nc', batchid: "=quoted" }),
  ]);
  const response = await fetch(`${target.product.consumer}/api/tasks.csv?limit=50`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toContain("text/csv");
  expect(response.headers.get("content-disposition")).toContain("attachment");
  const text = await response.text();
  expect(text).toContain("HYPERLINK");
  for (const cell of text.split(/,|\r\n/)) expect(cell).not.toMatch(/^"?[=+\-@\t\r]/);
});
