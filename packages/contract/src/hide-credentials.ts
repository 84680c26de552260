import { parseExact } from "./exact-json.ts";
import type { Task } from "./task.ts";

const HIDDEN = "***";

/**
 * The task as it may be shown: passwords of its addresses, and what its webhook sends in headers,
 * cookies and as password, are replaced by asterisks. What is not secret is as it was sent.
 */
export function hideCredentials(task: Task): Task {
  const { call, webhook } = task;
  const shown = { ...task };
  if (call !== undefined) shown.call = { ...call, url: withoutPassword(call.url) };
  if (webhook !== undefined) {
    shown.webhook = { ...webhook, url: withoutPassword(webhook.url) };
    if (webhook.auth !== undefined) shown.webhook.auth = [webhook.auth[0], HIDDEN];
    if (webhook.headers !== undefined) shown.webhook.headers = hidden(webhook.headers);
    if (webhook.cookies !== undefined) shown.webhook.cookies = hidden(webhook.cookies);
  }
  return shown;
}

/** The same of a task as JSON. A task that names no address is given back as it is. */
export function hideCredentialsInJson(json: string): string {
  if (!json.includes('"url":')) return json;
  return JSON.stringify(hideCredentials(parseExact(json) as Task));
}

function withoutPassword(address: string): string {
  const url = new URL(address);
  if (url.password === "") return address;
  url.password = HIDDEN;
  return url.href;
}

function hidden(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(values).map((name) => [name, HIDDEN]));
}
