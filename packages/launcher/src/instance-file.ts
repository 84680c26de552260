import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** `DATA_DIR/instance.json`: where the parts of the running instance are, for tools and tests. */
export interface Instance {
  /** The launcher's. */
  readonly pid: number;
  /** Addresses: `http://127.0.0.1:5000`. */
  readonly producer: string;
  readonly consumer: string;
  readonly worker: string;
  /** Without a password. */
  readonly redisUrl: string;
  /** A part that is being restarted, or that is not ours, has none. */
  readonly pids: Readonly<Record<string, number>>;
  /** ISO 8601. */
  readonly startedAt: string;
}

export class InstanceFile {
  readonly #path: string;

  constructor(dataDir: string) {
    this.#path = join(dataDir, "instance.json");
  }

  /** What an instance that did not stop in order has left behind. */
  left(): boolean {
    try {
      readFileSync(this.#path);
      return true;
    } catch {
      return false;
    }
  }

  /** A reader sees the old content or the new, never half of it. */
  write(instance: Instance): void {
    const draft = `${this.#path}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(instance, null, 2)}\n`, { mode: 0o600 });
    renameSync(draft, this.#path);
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
