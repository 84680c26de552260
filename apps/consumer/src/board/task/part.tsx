import type { ReactNode } from "react";

export interface PartProps {
  /** Unique on the page. */
  id: string;
  title: ReactNode;
  /** Of its heading: the next below that of what it is a part of. */
  level?: 2 | 3;
  /** At the right of the title. */
  beside?: ReactNode;
  children: ReactNode;
}

/** One part of what is told of something. */
export function Part({ id, title, level = 3, beside, children }: PartProps) {
  const Heading = `h${level}` as const;
  return (
    <section aria-labelledby={id}>
      <div className="mb-2 flex min-h-4 items-center justify-between gap-3">
        <Heading id={id} className="text-label font-medium text-muted">
          {title}
        </Heading>
        {beside}
      </div>
      {children}
    </section>
  );
}
