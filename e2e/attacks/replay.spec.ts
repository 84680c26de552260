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

test("after the tolerance, a captured request is worth nothing", async () => {
  await using product = await guardedProduct({ SIGNATURE_TOLERANCE: "1", DEDUP_SECONDS: "2" });
  const body = JSON.stringify(newTask());
  const headers = sign(body);
  const send = () => fetch(`${product.consumer}/consumetasks`, { method: "POST", headers, body });
  expect((await send()).status).toBe(200);
  await expect.poll(async () => (await send()).status, { timeout: 10_000 }).toBe(401);
  expect(await readTotal(product)).toBe(1);
});
