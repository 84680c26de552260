import { MissingPage } from "@taskpulse/ui";

export default function NotFound() {
  return <MissingPage title="Tasks Consumer" way="Open the board" />;
}
