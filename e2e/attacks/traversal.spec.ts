import { expect } from "@playwright/test";
import { sendRaw, statuses, test } from "./target.ts";

const PATHS = [
  "/../../../../etc/passwd",
  "/..%2f..%2f..%2f..%2fetc%2fpasswd",
  "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
  "/..\\..\\..\\etc\\passwd",
  "/..%5c..%5cetc%5cpasswd",
  "/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
  "/_next/static/../../../../package.json",
  "/_next/static/..%2f..%2f..%2fpackage.json",
  "/_next/static/%252e%252e/%252e%252e/package.json",
  "/_next/image?url=file:///etc/passwd&w=64&q=75",
  "/_next/image?url=http://127.0.0.1:1/&w=64&q=75",
  "/_next/image?url=%2f%2f127.0.0.1:1&w=64&q=75",
  "/_next/data/x/../../../package.json",
  "/api/tasks/..%2f..%2f..%2fetc%2fpasswd",
  "/api/batches/..%2f..%2fwebhook-secret",
  "/.data/webhook-secret",
  "/.env",
  "/.git/config",
  "/package.json",
  "/src/main.ts",
  "/icon.svg/../../package.json",
  "/%00",
  "/login?next=%00",
  "//etc/passwd",
];

for (const app of ["consumer", "producer"] as const) {
  test(`${app}: no path leads to a file`, async ({ target }) => {
    for (const path of PATHS) {
      const answer = await sendRaw(
        target.product[app],
        `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/html\r\nconnection: close\r\n\r\n`,
        { limitMs: 5_000 },
      );
      expect(answer, path).not.toMatch(/root:.*:0:0|whsec_[A-Za-z0-9]|"dependencies"|\[core\]/);
      const [status = 0] = statuses(answer);
      expect(status, `${path}\n${answer.slice(0, 300)}`).toBeGreaterThanOrEqual(200);
      expect(status, path).toBeLessThan(500);
    }
  });
}
