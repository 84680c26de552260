"use client";

import { formatCount } from "@taskpulse/ui";
import Link from "next/link";

const TABS = [
  { path: "/dead-letters", name: "Tasks" },
  { path: "/dead-letters/webhooks", name: "Webhooks" },
] as const;

export interface DeadTabsProps {
  here: (typeof TABS)[number]["path"];
  /** How many there are here; null while not known. */
  count: number | null;
}

/** What can be dead: tasks, and the webhooks that tell of tasks. */
export function DeadTabs({ here, count }: DeadTabsProps) {
  return (
    <nav aria-label="Kinds of dead letters">
      <ul className="flex gap-1 rounded border border-line-strong p-0.5">
        {TABS.map(({ path, name }) => (
          <li key={path}>
            <Link
              href={path}
              prefetch={false}
              aria-current={path === here ? "page" : undefined}
              className="flex h-7 min-w-24 items-center justify-center gap-1.5 rounded-sm px-2.5 text-label font-medium text-muted transition-colors hover:text-text aria-[current=page]:bg-accent aria-[current=page]:text-on-accent"
            >
              {name}
              {path === here && count !== null ? <span>{formatCount(count)}</span> : null}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
