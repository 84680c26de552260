import { afterEach, expect, test, vi } from "vitest";
import { createClient } from "./client.ts";
import { httpTask, sendTask } from "./default-client.ts";
import { clientOf, TASKID } from "./fixtures/client-of.ts";
import { SECRET } from "./fixtures/secret.ts";

afterEach(() => vi.unstubAllEnvs());

test.each([
  [{ url: "127.0.0.1:5001" }, "`url` must be an http:// or https:// address without user"],
  [{ url: "http://user@host" }, "`url` must be"],
  [{ url: "http://host?x=1" }, "`url` must be"],
  [{ url: 5001 }, "`url` must be"],
  [{ token: "two words" }, "`token` must be a token: visible ASCII without spaces"],
  [{ secret: "whsec_x" }, "`secret`: a secret is whsec_ and the base64 of 24 to 64 bytes"],
  [{ secret: 1 }, "`secret` must be a text, not a number"],
  [{ fetch: "x" }, "`fetch` must be a function"],
  [{ host: "x" }, "createClient does not take `host`; it takes url, token, secret, fetch"],
  ["http://host", "the options of createClient must be an object, not a text"],
])("refuses %j", (options, message) => {
  expect(() => createClient(options as never)).toThrow(TypeError);
  expect(() => createClient(options as never)).toThrow(message);
});

test("a bad variable is named, and an empty one is none", () => {
  vi.stubEnv("TASKPULSE_URL", "host");
  expect(() => createClient()).toThrow("TASKPULSE_URL must be an http:// or https:// address");
  vi.stubEnv("TASKPULSE_URL", "");
  vi.stubEnv("TASKPULSE_SECRET", "secret");
  expect(() => createClient()).toThrow(/^TASKPULSE_SECRET: a secret is (?!.*"secret")/);
});

test("the environment is used where nothing is given", async () => {
  await using it = await clientOf();
  vi.stubEnv("TASKPULSE_URL", `${it.taskpulse.url}/behind/`);
  vi.stubEnv("TASKPULSE_TOKEN", "from-environment");
  vi.stubEnv("TASKPULSE_SECRET", SECRET);
  const retval = { accepted: 1, duplicates: 0, conflicts: 0, taskids: [TASKID] };
  it.taskpulse.answer({ body: { status: "success", retval, taskid: TASKID } });
  await sendTask({ batchid: "b", id: 1, owner: "Ann", priority: "Low" });
  await httpTask("http://host/").getAsync();
  await createClient({ token: "given" }).httpTask("http://host/").getAsync();
  const seen = it.taskpulse.requests.map(({ path, headers }) => [
    ...[path, headers.authorization, "webhook-signature" in headers],
  ]);
  expect(seen).toEqual([
    ["/behind/consumetasks", "Bearer from-environment", true],
    ["/behind/api/tasks", "Bearer from-environment", false],
    ["/behind/api/tasks", "Bearer given", false],
  ]);
});

test("another fetch is used for everything", async () => {
  const urls: string[] = [];
  const client = createClient({
    url: new URL("http://elsewhere/"),
    fetch: async (url) => {
      urls.push(url);
      return Response.json({ taskid: TASKID }, { status: 202 });
    },
  });
  await client.httpTask("http://host/").getAsync();
  expect(urls).toEqual(["http://elsewhere/api/tasks"]);
});
