import { expect } from "@playwright/test";
import { ADMIN_TOKEN, test } from "./target.ts";

async function logIn(
  origin: string,
  cookie?: string,
): Promise<{ name: string; value: string; attributes: string }> {
  const response = await fetch(`${origin}/login`, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      ...(cookie === undefined ? {} : { cookie }),
    },
    body: new URLSearchParams({ token: ADMIN_TOKEN }),
    redirect: "manual",
  });
  expect(response.status).toBe(303);
  const [pair = "", ...attributes] = (response.headers.getSetCookie()[0] ?? "").split("; ");
  const at = pair.indexOf("=");
  return {
    name: pair.slice(0, at),
    value: pair.slice(at + 1),
    attributes: attributes.join("; ").toLowerCase(),
  };
}

const look = async (origin: string, cookie: string, path = "/api/summary") =>
  (await fetch(origin + path, { headers: { cookie } })).status;

test("the cookie is out of the reach of scripts and other sites", async ({ target }) => {
  const { attributes } = await logIn(target.product.consumer);
  expect(attributes).toContain("httponly");
  expect(attributes).toMatch(/samesite=(lax|strict)/);
  expect(attributes).toContain("path=/");
  expect(attributes).not.toContain("domain=");
});

test("a cookie that was changed anywhere is worth nothing", async ({ target }) => {
  const { consumer } = target.product;
  const { name, value } = await logIn(consumer);
  expect(await look(consumer, `${name}=${value}`)).toBe(200);
  for (let i = 0; i < value.length; i++) {
    const swapped = value[i] === "A" ? "B" : "A";
    const forged = value.slice(0, i) + swapped + value.slice(i + 1);
    expect(await look(consumer, `${name}=${forged}`), `character ${i}`).toBe(401);
  }
  for (const forged of ["", "1", value.slice(0, -1), `${value}A`, value.split(".")[0], "null"]) {
    expect(await look(consumer, `${name}=${forged}`), String(forged)).toBe(401);
  }
});

test("a session that was signed out is over on both apps, also for whoever has copied it", async ({
  target,
}) => {
  const { consumer, producer } = target.product;
  const { name, value } = await logIn(consumer);
  const cookie = `${name}=${value}`;
  expect([await look(consumer, cookie), await look(producer, cookie, "/api/batches")]).toEqual([
    200, 200,
  ]);
  const out = await fetch(`${producer}/logout`, {
    method: "POST",
    headers: { cookie },
    redirect: "manual",
  });
  expect(out.status).toBe(303);
  await expect.poll(() => look(consumer, cookie), { timeout: 5_000 }).toBe(401);
  await expect.poll(() => look(producer, cookie, "/api/batches"), { timeout: 5_000 }).toBe(401);
});

test("a session that somebody else has chosen is not taken over", async ({ target }) => {
  const { consumer } = target.product;
  const first = await logIn(consumer);
  const second = await logIn(consumer, `${first.name}=chosen-by-eve`);
  expect(second.value).not.toContain("chosen-by-eve");
  expect(second.value).not.toBe(first.value);
});

test("other sites can't sign anybody out, or in", async ({ target }) => {
  const { consumer } = target.product;
  const { name, value } = await logIn(consumer);
  for (const path of ["/logout", "/login"]) {
    const response = await fetch(consumer + path, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        cookie: `${name}=${value}`,
        origin: "https://evil.example",
      },
      body: new URLSearchParams({ token: ADMIN_TOKEN }),
      redirect: "manual",
    });
    expect(response.status).toBe(403);
  }
  expect(await look(consumer, `${name}=${value}`)).toBe(200);
});
