import { existsSync, watch } from "node:fs";
import { join, sep } from "node:path";

const SETTLE_MS = 200;

/** What Next.js reloads by itself inside an app's `src`. */
const PAGES = ["app", "board", "page", "components"];
/** Packages that the servers run; `ui` belongs to the pages. */
const SHARED = ["contract", "store", "runtime", "webhook"];

/** Whether a change of this file, relative to an app's `src`, concerns its server. */
export function isServerCode(file: string): boolean {
  const [folder = ""] = file.split(sep);
  return /\.ts$/.test(file) && !/\.test\.ts$/.test(file) && !PAGES.includes(folder);
}

/**
 * Calls `onChange` with the folders of the apps whose server code has changed, once the files have
 * been quiet for a moment.
 */
export function watchServerCode(
  root: string,
  appFolders: readonly string[],
  onChange: (folders: ReadonlySet<string>) => void,
): Disposable {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const note = (folders: readonly string[]) => {
    for (const folder of folders) changed.add(folder);
    clearTimeout(timer);
    timer = setTimeout(() => {
      onChange(new Set(changed));
      changed.clear();
    }, SETTLE_MS);
  };
  const watched: Array<[string, readonly string[]]> = [
    ...appFolders.map((folder): [string, string[]] => [join(folder, "src"), [folder]]),
    ...SHARED.map((name): [string, readonly string[]] => [
      join(root, "packages", name, "src"),
      appFolders,
    ]),
  ];
  const watchers = watched
    .filter(([folder]) => existsSync(folder))
    .map(([folder, concerned]) =>
      watch(folder, { recursive: true }, (_event, file) => {
        if (file !== null && isServerCode(file)) note(concerned);
      }),
    );
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
