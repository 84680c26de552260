import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

const RUN_APP = JSON.stringify(new URL("./run-app.ts", import.meta.url).href);

it("stops in order when the launcher went while the app was starting", async () => {
  const program = `import { once } from "node:events";
    import { runApp } from ${RUN_APP};
    await runApp("consumer", async () => {
      await once(process, "disconnect");
      return { [Symbol.asyncDispose]: () => new Promise(setImmediate) };
    });`;
  const app = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let printed = "";
  for (const stream of [app.stdout, app.stderr]) {
    stream?.on("data", (text: Buffer) => {
      printed += text.toString();
    });
  }
  app.disconnect();
  const [code] = await once(app, "exit");
  expect(code, printed).toBe(0);
});
