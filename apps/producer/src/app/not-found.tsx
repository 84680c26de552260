import { MissingPage } from "@taskpulse/ui";

export default function NotFound() {
  return <MissingPage title="Tasks Producer" way="Open the producer" />;
}
