import { AppShell } from "./app-shell.tsx";
import { EmptyState } from "./empty-state.tsx";

export interface MissingPageProps {
  title: string;
  /** The link to the page that there is: "Open the board". */
  way: string;
}

/** What both apps show at an address without a page. */
export function MissingPage({ title, way }: MissingPageProps) {
  return (
    <AppShell title={title}>
      <EmptyState
        title="There is no page at this address."
        action={
          <a href="/" className="font-medium text-accent-text underline underline-offset-2">
            {way}
          </a>
        }
      />
    </AppShell>
  );
}
