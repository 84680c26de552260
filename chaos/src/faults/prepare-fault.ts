import { clockSkew } from "./clock-skew.ts";
import { diskFull } from "./disk-full.ts";
import type { FaultContext, FaultKind, PreparedFault } from "./fault.ts";
import { freezeApp, freezePart } from "./freeze.ts";
import { killApp, killLauncher, killRedis, killRemote } from "./kill.ts";
import { cut, cutOffWorker, delay, halfOpen } from "./network.ts";
import { powerCut } from "./power-cut.ts";

/** Kinds that make a part of the launcher crash, whichever side is hit. */
export const CRASHES_LAUNCHED_PART: ReadonlySet<FaultKind> = new Set(["kill Redis", "disk full"]);

export function prepareFault(kind: FaultKind, context: FaultContext): PreparedFault {
  switch (kind) {
    case "kill consumer":
      return killApp(context, "consumer");
    case "kill producer":
      return killApp(context, "producer");
    case "kill worker":
      return killApp(context, "worker");
    case "kill remote":
      return killRemote(context);
    case "kill Redis":
      return killRedis(context);
    case "kill launcher":
      return killLauncher(context);
    case "freeze consumer":
      return freezeApp(context, "consumer");
    case "freeze producer":
      return freezeApp(context, "producer");
    case "freeze worker":
      return freezeApp(context, "worker");
    case "freeze Redis":
      return freezePart(context, "redis");
    case "freeze launcher":
      return freezePart(context, "launcher");
    case "cut":
      return cut(context);
    case "delay":
      return delay(context);
    case "half-open":
      return halfOpen(context);
    case "worker cut off":
      return cutOffWorker(context);
    case "power cut":
      return powerCut(context);
    case "disk full":
      return diskFull(context);
    case "clock skew":
      return clockSkew(context);
    default:
      return kind satisfies never;
  }
}
