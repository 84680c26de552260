import type { SyncChange } from "./board-sync.ts";
import type { TaskList } from "./task-list.ts";

/** What the board was told, as it concerns the list. */
export function feedList(list: TaskList, change: SyncChange): void {
  switch (change.by) {
    case "snapshot":
      if (change.afresh) list.restart(list.view.filter, change.fresh);
      else tell(list, change);
      break;
    case "frame":
      tell(list, change);
      break;
    case "refusal":
    case "silence":
      break;
    default:
      change satisfies never;
  }
}

function tell(list: TaskList, told: Extract<SyncChange, { by: "frame" | "snapshot" }>): void {
  list.arrived(told.fresh);
  list.changed(told.changes);
  if (told.unsure) list.doubt();
}
