import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { endWithUs, freePort, until } from "@taskpulse/test-kit";
import { generate } from "selfsigned";

const EXAMPLE = new URL("../../docs/proxy/nginx.conf", import.meta.url);

export interface Nginx extends AsyncDisposable {
  readonly httpPort: number;
  readonly httpsPort: number;
}

export interface NginxPorts {
  httpPort: number;
  httpsPort: number;
}

export async function nginxPorts(): Promise<NginxPorts> {
  return { httpPort: await freePort(), httpsPort: await freePort() };
}

/**
 * A real nginx that runs `docs/proxy/nginx.conf` as it stands, but for its ports, the paths of its
 * certificate, which is made here, and where the apps are.
 */
export async function startNginx(
  { httpPort, httpsPort }: NginxPorts,
  apps: { consumer: string; producer: string },
): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), "taskpulse-nginx-"));
  const names = ["tasks.example.com", "producer.example.com"];
  const certificate = await generate([{ name: "commonName", value: "tasks.example.com" }], {
    extensions: [
      { name: "subjectAltName", altNames: names.map((value) => ({ type: 2 as const, value })) },
    ],
  });
  await writeFile(join(folder, "fullchain.pem"), certificate.cert);
  await writeFile(join(folder, "privkey.pem"), certificate.private, { mode: 0o600 });
  const replaced = Object.entries({
    "listen 80;": `listen 127.0.0.1:${httpPort};`,
    "listen 443 ssl;": `listen 127.0.0.1:${httpsPort} ssl;`,
    "/etc/ssl/taskpulse": folder,
    "127.0.0.1:5001": new URL(apps.consumer).host,
    "127.0.0.1:5000": new URL(apps.producer).host,
  });
  let example = await readFile(EXAMPLE, "utf8");
  for (const [old, now] of replaced) {
    if (!example.includes(old)) throw new Error(`docs/proxy/nginx.conf has no ${old}`);
    example = example.replaceAll(old, now);
  }
  await writeFile(join(folder, "taskpulse.conf"), example);
  await writeFile(join(folder, "nginx.conf"), await surroundings(folder));

  const child = spawn(nginxPath(), ["-p", folder, "-c", join(folder, "nginx.conf")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  endWithUs(child);
  let output = "";
  child.stderr.on("data", (part: Buffer) => {
    output += part;
  });
  try {
    await until(() => isOpen(httpsPort, child), { what: "nginx to listen", timeoutMs: 10_000 });
  } catch (error) {
    throw new Error(`nginx did not start:\n${output}`, { cause: error });
  }
  return {
    ...{ httpPort, httpsPort },
    async [Symbol.asyncDispose]() {
      const ended = child.exitCode === null ? once(child, "exit") : null;
      child.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a system's own nginx.conf would be: one process in the foreground, everything in `folder`. */
async function surroundings(folder: string): Promise<string> {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  for (const name of temporary) await mkdir(join(folder, name));
  return [
    "daemon off;",
    "master_process off;",
    `pid ${folder}/nginx.pid;`,
    "error_log stderr warn;",
    "events {}",
    "http {",
    "  access_log off;",
    ...temporary.map((name) => `  ${name}_temp_path ${folder}/${name};`),
    `  include ${folder}/taskpulse.conf;`,
    "}",
  ].join("\n");
}

/** `npm test` names the nginx it found; by hand, the one on PATH is taken. */
function nginxPath(): string {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  const found = folders.map((folder) => join(folder, "nginx")).find(existsSync);
  const path = process.env.NGINX_PATH ?? found;
  if (path === undefined) throw new Error("There is no nginx: start the tests with npm test.");
  return path;
}

async function isOpen(port: number, { exitCode }: ChildProcess): Promise<boolean> {
  if (exitCode !== null) throw new Error(`it ended with ${exitCode}`);
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
