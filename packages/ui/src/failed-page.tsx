import { AppShell } from "./app-shell.tsx";
import { Button } from "./button.tsx";
import { Notice } from "./notice.tsx";

export interface FailedPageProps {
  /** The title of the page that could not be shown. */
  title: string;
  /** What failed: "The board could not be shown". */
  heading: string;
  /** What goes on all the same, as a sentence. */
  comfort: string;
  /** Whose log says more. */
  part: string;
  /** Next.js adds the `digest` under which the failure stands in the log. */
  error: Error & { digest?: string };
  reset: () => void;
}

/** What both pages show when they can't be rendered. */
export function FailedPage({ title, heading, comfort, part, error, reset }: FailedPageProps) {
  return (
    <AppShell title={title}>
      <Notice
        urgent
        kind="error"
        title={heading}
        action={<Button onClick={reset}>Try again</Button>}
      >
        {comfort} If it fails again, look into the {part}'s log
        {error.digest === undefined ? "" : ` for ${error.digest}`}.
      </Notice>
    </AppShell>
  );
}
