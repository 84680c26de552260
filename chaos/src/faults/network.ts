import { PATHS, type Path } from "../site/site.ts";
import type { FaultContext, PreparedFault } from "./fault.ts";
import { seconds } from "./freeze.ts";

const NAMES: Record<Path, string> = {
  redis: "side B and Redis",
  "producer A": "producer A and consumer A",
  "producer B": "producer B and consumer B",
  board: "a board and consumer B",
  worker: "worker B and Redis",
};

/** On the way to Redis, an acknowledgement of side B shows that the path was in use. */
const near = (path: Path) => (path === "redis" ? "B" : undefined);

export function cut({ site, chance, patience, hold }: FaultContext): PreparedFault {
  const path = chance.pick(PATHS);
  const ms = chance.between(200, 500 + 2_500 * patience);
  return {
    what: `cut between ${NAMES[path]} for ${seconds(ms)}`,
    near: near(path),
    strike() {
      site.paths[path].cut();
      return true;
    },
    async heal() {
      await hold(ms);
      site.paths[path].heal();
      return {};
    },
  };
}

export function delay({ site, chance, patience, hold }: FaultContext): PreparedFault {
  const path = chance.pick(PATHS);
  // Both ways: sometimes longer than a producer waits for its answer.
  const delayMs = chance.between(20, 700);
  const ms = chance.between(500, 700 + 2_500 * patience);
  return {
    what: `delay of ${Math.round(delayMs)} ms between ${NAMES[path]} for ${seconds(ms)}`,
    near: near(path),
    strike() {
      site.paths[path].delay(delayMs);
      return true;
    },
    async heal() {
      await hold(ms);
      site.paths[path].delay(0);
      return {};
    },
  };
}

/** The connections of that moment never recover: both ends have to find out by themselves. */
export function halfOpen({ site, chance, hold }: FaultContext): PreparedFault {
  const path = chance.pick(PATHS);
  return {
    what: `half-open between ${NAMES[path]}`,
    near: near(path),
    strike() {
      site.paths[path].strand();
      return true;
    },
    async heal() {
      await hold(chance.between(200, 800));
      return {};
    },
  };
}

const WAYS = ["with a word", "in silence", "half-open"] as const;

/** Worker B loses Redis: its connections break, nothing passes for a while, or they never recover. */
export function cutOffWorker({ site, chance, patience, hold }: FaultContext): PreparedFault {
  const path = site.paths.worker;
  const way = chance.pick(WAYS);
  // In the long run also for longer than the lock of its jobs.
  const ms = chance.between(300, 600 + 8_000 * patience);
  return {
    what: `worker B cut off from Redis ${way} for ${seconds(ms)}`,
    strike() {
      if (way === "with a word") path.cut();
      else if (way === "in silence") path.freeze();
      else path.strand();
      return true;
    },
    async heal() {
      await hold(ms);
      path.heal();
      path.thaw();
      return {};
    },
  };
}
