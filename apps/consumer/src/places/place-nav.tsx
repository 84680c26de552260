"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";

const PLACES = [
  { path: "/", name: "Board" },
  { path: "/dead-letters", name: "Dead letters" },
  { path: "/schedules", name: "Schedules" },
  { path: "/subscriptions", name: "Subscriptions" },
  { path: "/run", name: "Run" },
] as const;

/** The ways between the consumer's pages. */
export function PlaceNav() {
  const here = usePathname();
  const isHere = (path: string) => (path === "/" ? here === "/" : here.startsWith(path));
  return (
    <nav aria-label="Pages" className="-mx-1 -my-0.5 overflow-x-auto">
      <ul className="flex w-max gap-0.5 p-0.5">
        {PLACES.map(({ path, name }) => (
          <li key={path}>
            <Link
              href={path}
              prefetch={false}
              aria-current={isHere(path) ? "page" : undefined}
              className="flex h-8 items-center rounded px-2 text-label font-medium whitespace-nowrap text-muted transition-colors hover:bg-sunken hover:text-text aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent-text lg:px-2.5"
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
