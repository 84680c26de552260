import { join } from "node:path";
import { Refusal } from "../early/refusal.mjs";
import { say, step } from "../early/screen.mjs";
import { runTool } from "../early/tool.mjs";
import { canRun, findProgram } from "./programs.ts";

export interface SystemProgram {
  /** As shown: "Redis". */
  readonly title: string;
  /** Any of them will do. */
  readonly names: readonly string[];
  /** Places outside PATH where it may be. */
  readonly places?: readonly string[];
  readonly aptPackage: string;
  readonly brewArguments: readonly string[];
  /** What to do where no package manager can be used, after "Please install it". */
  readonly advice: string;
}

export const REDIS: SystemProgram = {
  title: "Redis",
  names: ["redis-server", "valkey-server"],
  aptPackage: "redis-server",
  brewArguments: ["redis"],
  advice: "or name a running server with REDIS_URL",
};

export const CHROMIUM: SystemProgram = {
  title: "Chromium",
  names: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
  places: [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ],
  aptPackage: "chromium",
  brewArguments: ["--cask", "chromium"],
  advice: "or name one with CHROMIUM_PATH",
};

/** For tests only: the proxy of `docs/proxy/nginx.conf`. */
export const NGINX: SystemProgram = {
  title: "nginx",
  names: ["nginx"],
  // Not on everyone's PATH.
  places: ["/usr/sbin/nginx", "/usr/local/sbin/nginx"],
  aptPackage: "nginx",
  brewArguments: ["nginx"],
  advice: "or name one with NGINX_PATH",
};

/**
 * The path of a program that comes from the system, installing it by the system's package manager
 * where it is missing; that is announced before it happens.
 *
 * @throws Refusal saying what to install
 */
export async function provideProgram(
  program: SystemProgram,
  dataDir: string,
  signal: AbortSignal,
): Promise<string> {
  const found = await locate(program);
  if (found !== undefined) return found;
  const installer = await findInstaller(program);
  if (installer === undefined) {
    throw new Refusal(
      `${program.title} is not installed. Please install ${program.names.slice(0, 2).join(" or ")}, ${program.advice}.`,
    );
  }
  const [file, ...args] = installer.install;
  say(`· ${program.title} is not installed: running ${installer.install.join(" ")}`);
  const logFile = join(dataDir, `install-${program.aptPackage}.log`);
  const run = (name: string, words: readonly string[]) =>
    runTool(name, words, {
      cwd: "/",
      logFile,
      signal,
      env: {
        ...process.env,
        DEBIAN_FRONTEND: "noninteractive",
        // The package's own daemon is not wanted; where it starts all the same, it is not used.
        RUNLEVEL: "1",
        HOMEBREW_NO_AUTO_UPDATE: "1",
      },
    });
  return await step(`${program.title} (installed)`, async () => {
    let result = await run(file, args);
    if (installer.refresh !== undefined && result.kind === "ended" && result.code !== 0) {
      const [refresh, ...words] = installer.refresh;
      await run(refresh, words);
      result = await run(file, args);
    }
    signal.throwIfAborted();
    const installed = await locate(program);
    if (installed === undefined) {
      throw new Refusal(
        `${program.title} could not be installed with ${installer.install.join(" ")} (its output is in ${logFile}). Please install ${program.names.slice(0, 2).join(" or ")}, ${program.advice}.`,
      );
    }
    return installed;
  });
}

async function locate({ names, places = [] }: SystemProgram): Promise<string | undefined> {
  const onPath = await findProgram(...names);
  if (onPath !== undefined) return onPath;
  for (const place of places) {
    if (await canRun(place)) return place;
  }
  return undefined;
}

interface Installer {
  readonly install: readonly [string, ...string[]];
  /** Fetches the lists of packages, which a fresh machine does not have. */
  readonly refresh?: readonly [string, ...string[]];
}

async function findInstaller(program: SystemProgram): Promise<Installer | undefined> {
  const apt = await findProgram("apt-get");
  if (apt !== undefined) {
    const patience = ["-o", "DPkg::Lock::Timeout=120"] as const;
    const install = ["install", "-y", "--no-install-recommends", ...patience, program.aptPackage];
    if (process.getuid?.() === 0) {
      return { install: ["apt-get", ...install], refresh: ["apt-get", ...patience, "update"] };
    }
    const sudo = await findProgram("sudo");
    if (sudo !== undefined) {
      const asRoot = [
        "sudo",
        "-n",
        "DEBIAN_FRONTEND=noninteractive",
        "RUNLEVEL=1",
        "apt-get",
      ] as const;
      return { install: [...asRoot, ...install], refresh: [...asRoot, ...patience, "update"] };
    }
  }
  const brew = await findProgram("brew");
  if (brew === undefined) return undefined;
  return { install: ["brew", "install", ...program.brewArguments] };
}
