import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BatchView, Summary } from "@taskpulse/contract";
import { endWithUs, freePort, until } from "@taskpulse/test-kit";
import { parseSecrets, signWebhook } from "@taskpulse/webhook";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const START_LIMIT_MS = 60_000;

export type Part = "launcher" | "redis" | "consumer" | "producer" | "worker";

interface Instance {
  producer: string;
  consumer: string;
  worker: string;
  pids: Record<Part, number>;
}

/** The whole product, started as a user starts it, on ports and a data folder of its own. */
export interface Product extends AsyncDisposable {
  readonly producer: string;
  readonly consumer: string;
  readonly worker: string;
  readonly dataDir: string;
  /** What the launcher has printed, without colours. */
  output(): string;
  pid(part: Part): Promise<number>;
  /** Sends a signal to one part, as an accident would. */
  kill(part: Part, signal: NodeJS.Signals): Promise<void>;
  /** Stops as Ctrl-C does. @returns the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Starts again with the same ports and data. */
  start(): Promise<void>;
  summary(): Promise<Summary>;
  /** Sends a task or an array of them, signed with the instance's secret. */
  sendTasks(tasks: unknown): Promise<Response>;
  startBatch(request: object): Promise<BatchView>;
  batch(batchid: string): Promise<BatchView>;
}

export async function startProduct(env: Record<string, string> = {}): Promise<Product> {
  const dataDir = await mkdtemp(join(tmpdir(), "taskpulse-e2e-"));
  const [producerPort, consumerPort] = [await freePort(), await freePort()];
  const workerPort = await freePort();
  const producer = `http://127.0.0.1:${producerPort}`;
  const consumer = `http://127.0.0.1:${consumerPort}`;
  const worker = `http://127.0.0.1:${workerPort}`;
  let child: ChildProcess | null = null;
  let output = "";

  async function start(): Promise<void> {
    child = spawn(process.execPath, ["packages/launcher/bootstrap.mjs", "start"], {
      cwd: ROOT,
      env: {
        ...process.env,
        DATA_DIR: dataDir,
        PRODUCER_PORT: String(producerPort),
        CONSUMER_PORT: String(consumerPort),
        WORKER_PORT: String(workerPort),
        LOG_LEVEL: "warn",
        NO_COLOR: "1",
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    endWithUs(child, "SIGTERM");
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (part: Buffer) => {
        output += part;
      });
    }
    const ended = once(child, "exit").then(() => true);
    const ready = until(() => output.includes("Ready in"), { timeoutMs: START_LIMIT_MS });
    if (await Promise.race([ended, ready.then(() => false)])) {
      throw new Error(`the product did not start:\n${output}`);
    }
  }

  async function instance(): Promise<Instance> {
    return JSON.parse(await readFile(join(dataDir, "instance.json"), "utf8")) as Instance;
  }

  async function read<T>(url: string, init?: RequestInit): Promise<T> {
    const response = await fetch(url, init);
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return (await response.json()) as T;
  }

  async function stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    const running = child;
    if (running === null) return null;
    child = null;
    const exited =
      running.exitCode === null && running.signalCode === null ? once(running, "exit") : null;
    running.kill(signal);
    await exited;
    return running.exitCode;
  }

  await start();
  return {
    producer,
    consumer,
    worker,
    dataDir,
    output: () => output,
    pid: async (part) => (await instance()).pids[part],
    async kill(part, signal) {
      process.kill((await instance()).pids[part], signal);
    },
    stop,
    async start() {
      output = "";
      await start();
    },
    summary: () => read<Summary>(`${consumer}/api/summary`),
    async sendTasks(tasks) {
      const parsed = parseSecrets(await readFile(join(dataDir, "webhook-secret"), "utf8"));
      if (parsed.kind === "invalid") throw new Error(parsed.reason);
      const body = JSON.stringify(tasks);
      const id = crypto.randomUUID();
      const signed = signWebhook({ id, body, nowMs: Date.now(), secret: parsed.secrets[0] });
      return fetch(`${consumer}/consumetasks`, {
        method: "POST",
        headers: { "content-type": "application/json", ...signed },
        body,
      });
    },
    startBatch: (request) =>
      read<BatchView>(`${producer}/api/batches`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      }),
    batch: (batchid) => read<BatchView>(`${producer}/api/batches/${batchid}`),
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
