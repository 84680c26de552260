import { AppShell, EmptyState } from "@taskpulse/ui";

export default function NotFound() {
  return (
    <AppShell title="Tasks Producer">
      <EmptyState
        title="There is no page at this address."
        action={
          <a href="/" className="font-medium text-accent-text underline underline-offset-2">
            Open the producer
          </a>
        }
      />
    </AppShell>
  );
}
