/**
 * Preloaded into the apps (`node --import`): their `Date` is wrong by as many milliseconds as the file
 * `$CHAOS_CLOCKS-<app>` says. Timers and `performance` stay right, as they do when the clock of a
 * machine is set. Plain JavaScript, because the launcher's first step may run on an old Node.js.
 */
import { readFileSync } from "node:fs";

const LOOK_EVERY_MS = 50;

const [, app] =
  /apps[\\/](consumer|producer|worker)[\\/]src[\\/]main\.ts$/.exec(process.argv[1] ?? "") ?? [];
const prefix = process.env.CHAOS_CLOCKS;

if (app !== undefined && prefix !== undefined) {
  let offsetMs = 0;
  const look = () => {
    try {
      offsetMs = Number(readFileSync(`${prefix}-${app}`, "utf8")) || 0;
    } catch {
      offsetMs = 0;
    }
  };
  look();
  setInterval(look, LOOK_EVERY_MS).unref();

  const RightDate = Date;
  globalThis.Date = new Proxy(RightDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [target.now() + offsetMs] : args, newTarget),
    apply: (target) => new target(target.now() + offsetMs).toString(),
    get: (target, name, receiver) =>
      name === "now" ? () => target.now() + offsetMs : Reflect.get(target, name, receiver),
  });
}
