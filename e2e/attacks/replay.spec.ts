import { expect } from "@playwright/test";
import { guardedProduct, newTask, readTotal, sign, test } from "./target.ts";

test("a captured request, sent a hundred times at once, counts once", async ({ target }) => {
  const before = await target.total();
  const body = JSON.stringify(newTask());
  const headers = sign(body);
  const send = () =>
    fetch(`${target.product.consumer}/consumetasks`, { method: "POST", headers, body });
  const answers = await Promise.all(
    Array.from({ length: 100 }, async () => (await send()).json() as Promise<unknown>),
  );
  const accepted = answers.filter((answer) => JSON.stringify(answer).includes('"accepted":1'));
  expect(accepted).toHaveLength(1);
  expect(await target.total()).toBe(before + 1);
});

test("a task that was captured, in another array and another order, counts once", async ({
  target,
}) => {
  const before = await target.total();
  const tasks = Array.from({ length: 20 }, () => newTask());
  const orders = [tasks, tasks.toReversed(), tasks.slice(5), [...tasks, ...tasks]];
  await Promise.all(
    orders.map(async (order) => {
      const body = JSON.stringify(order);
      const response = await fetch(`${target.product.consumer}/consumetasks`, {
        ...{ method: "POST", headers: sign(body), body },
      });
      expect(response.status).toBe(200);
    }),
  );
  expect(await target.total()).toBe(before + 20);
});

test("a repeat with other fields changes nothing", async ({ target }) => {
  const first = newTask({ description: "as it was" });
  const send = async (task: object) => {
    const body = JSON.stringify(task);
    const response = await fetch(`${target.product.consumer}/consumetasks`, {
      ...{ method: "POST", headers: sign(body), body },
    });
    return (await response.json()) as { retval: { conflicts: number; duplicates: number } };
  };
  await send(first);
  const answer = await send({ ...first, priority: "Critical", description: "as Eve wants it" });
  expect(answer.retval).toMatchObject({ accepted: 0, duplicates: 1, conflicts: 1 });
});

test("a captured request is worth nothing, for as long as it verifies and after that", async () => {
  const toleranceS = 3;
  await using product = await guardedProduct({
    SIGNATURE_TOLERANCE: String(toleranceS),
    DEDUP_SECONDS: String(2 * toleranceS),
    // Retention takes the record as soon as another task comes.
    RETENTION_TASKS: "1",
  });
  const post = (body: string, headers: Record<string, string>) =>
    fetch(`${product.consumer}/consumetasks`, { method: "POST", headers, body });
  const body = JSON.stringify(newTask());
  // From ahead of our clock, it verifies for twice the tolerance and a second.
  const headers = sign(body, { timestamp: Math.floor(Date.now() / 1_000) + toleranceS });
  expect((await post(body, headers)).status).toBe(200);
  const other = JSON.stringify(newTask());
  expect((await post(other, sign(other))).status).toBe(200);
  const status = async () => (await post(body, headers)).status;
  await expect.poll(status, { timeout: 15_000, intervals: [100] }).toBe(401);
  expect(await readTotal(product)).toBe(2);
});
