import { type Client, createClient } from "./client.ts";

let client: Client | null = null;

/** Made at the first use, so that a program may set its environment before. */
function defaultClient(): Client {
  client ??= createClient();
  return client;
}

/** As `Client.httpTask`, of the Taskpulse that the environment names. */
export const httpTask: Client["httpTask"] = (...what) => defaultClient().httpTask(...what);

/** As `Client.handlerTask`, of the Taskpulse that the environment names. */
export const handlerTask: Client["handlerTask"] = (...what) => defaultClient().handlerTask(...what);

/** As `Client.sendTask`, to the Taskpulse that the environment names. */
export const sendTask: Client["sendTask"] = (...what) => defaultClient().sendTask(...what);

/** As `Client.sendTasks`, to the Taskpulse that the environment names. */
export const sendTasks: Client["sendTasks"] = (...what) => defaultClient().sendTasks(...what);
