import { expect } from "@playwright/test";
import type { TaskDetail } from "@taskpulse/contract";
import { captureServer, until } from "@taskpulse/test-kit";
import { ADMIN_TOKEN, newTask, sign, test } from "./target.ts";

const AUTHORIZATION = { authorization: `Bearer ${ADMIN_TOKEN}` };
const JSON_TYPE = { "content-type": "application/json" };

test("nobody ends a task that another remote has, and its own remote does", async ({ target }) => {
  const { consumer } = target.product;
  await using remote = await captureServer();
  remote.answer({ status: 202 });

  async function called(): Promise<{ taskid: string; address: URL }> {
    const before = remote.requests.length;
    const body = JSON.stringify(newTask({ call: { url: `${remote.url}/slow` } }));
    const sent = await fetch(`${consumer}/consumetasks`, {
      method: "POST",
      headers: sign(body),
      body,
    });
    const { retval } = (await sent.json()) as { retval: { taskids: string[] } };
    const requests = await remote.received(before + 1);
    const address = requests[before]?.headers["taskpulse-report-url"];
    return { taskid: retval.taskids[0] ?? "", address: new URL(String(address)) };
  }
  const report = (path: string, taskid: string, headers: Record<string, string> = JSON_TYPE) =>
    fetch(consumer + path, {
      ...{ method: "POST", headers },
      body: JSON.stringify({ event: "task_completed", task_id: taskid, retval: "forged" }),
    });
  const look = async (taskid: string) => {
    const response = await fetch(`${consumer}/api/tasks/${taskid}`, { headers: AUTHORIZATION });
    return (await response.json()) as TaskDetail;
  };

  const [victim, mine] = [await called(), await called()];
  await until(async () => (await look(victim.taskid)).reported_later);
  const token = mine.address.searchParams.get("token") ?? "";
  const [round, attempt, mac = ""] = token.split(".");
  const forgeries = [
    "/webhook",
    ...["", "0.1.", `0.1.${"A".repeat(43)}`, token].flatMap((forged) => [
      `/webhook?token=${forged}`,
      `/webhook?token=${forged}&task_id=${victim.taskid}`,
      `/webhook?token=${forged}&task_id=${mine.taskid}`,
    ]),
    `/webhook?token=${round}.${Number(attempt) + 1}.${mac}&task_id=${victim.taskid}`,
    `/webhook?token=${token}&token=${token}`,
    `/webhook?token[]=${token}&task_id=${victim.taskid}`,
  ];
  for (const path of forgeries) {
    const response = await report(path, victim.taskid);
    const text = await response.text();
    expect(response.status, `${path}: ${text}`).toBe(401);
    expect(text).not.toContain(mac.slice(0, 20));
  }
  const foreign = sign("{}", { key: Buffer.alloc(32, 1) });
  const { pathname, search } = victim.address;
  expect((await report(pathname + search, victim.taskid, foreign)).status).toBe(401);
  expect(await look(victim.taskid)).toMatchObject({ state: "running", result: null });

  // What its own remote says counts, once, without the admin token.
  expect((await report(pathname + search, victim.taskid)).status).toBe(200);
  expect((await report(pathname + search, victim.taskid)).status).toBe(200);
  expect(await look(victim.taskid)).toMatchObject({ state: "succeeded", result: "forged" });
});
