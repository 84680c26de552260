"use client";

import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { useRef } from "react";
import { TaskDetails } from "./task-details.tsx";

export interface TaskDialogProps {
  /** Closed when null. */
  taskid: string | null;
  onClose: () => void;
  onShowBatch: (batchid: string) => void;
}

/** One task in full, over the list. Its taskid stands in the address, so that it can be shared. */
export function TaskDialog({ taskid, onClose, onShowBatch }: TaskDialogProps) {
  const opener = useRef<Element | null>(null);
  return (
    <Dialog.Root
      open={taskid !== null}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 bg-[oklch(0_0_0/0.45)]" />
        <Dialog.Content
          aria-describedby={undefined}
          onOpenAutoFocus={() => {
            opener.current = document.activeElement;
          }}
          // The dialog has no trigger of its own: the focus goes back to the row it came from.
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (opener.current instanceof HTMLElement) opener.current.focus();
          }}
          className="fixed inset-y-0 right-0 z-50 flex w-full max-w-xl flex-col border-l border-line bg-raised shadow-over outline-none"
        >
          <div className="flex h-13 shrink-0 items-center gap-3 border-b border-line px-4">
            <Dialog.Title className="grow text-body font-semibold">Task</Dialog.Title>
            <Dialog.Close
              aria-label="Close"
              className="inline-flex size-8 items-center justify-center rounded text-muted hover:bg-sunken hover:text-text"
            >
              <X aria-hidden size={16} />
            </Dialog.Close>
          </div>
          {taskid === null ? null : (
            <TaskDetails key={taskid} taskid={taskid} onShowBatch={onShowBatch} />
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
